using Braid.Lambdas;
using Braid.Serialization;

namespace Braid.Tests.Lambdas;

public class CodeMismatchTests
{
    private static readonly Func<int> Free = () => 42;

    [Fact]
    public void Another_build_is_an_error_that_names_both()
    {
        var bytes = Carry.Write(Free);
        var here = typeof(CodeMismatchTests).Module.ModuleVersionId;
        var other = Guid.NewGuid();
        other.ToByteArray().CopyTo(bytes, bytes.AsSpan().IndexOf(here.ToByteArray()));

        var e = Assert.Throws<CodeMismatchException>(() => Carry.Read(bytes));
        Assert.Equal(("Braid.Tests", other, here), (e.AssemblyName, e.SentMvid, e.FoundMvid));
        Assert.Contains("Braid.Tests", e.Message);
        Assert.Contains(other.ToString(), e.Message);
        Assert.Contains(here.ToString(), e.Message);
        Assert.Contains("Rebuild", e.Message);
    }

    [Fact]
    public void An_assembly_that_is_not_here_is_an_error_that_names_it()
    {
        var bytes = Carry.Write(Free);
        "Other.Tests"u8.CopyTo(bytes.AsSpan(bytes.AsSpan().LastIndexOf("Braid.Tests"u8)));

        var e = Assert.Throws<CodeMismatchException>(() => Carry.Read(bytes));
        Assert.Equal("Other.Tests", e.AssemblyName);
        Assert.Null(e.FoundMvid);
        Assert.Contains("not part of the application", e.Message);
    }

    [Fact]
    public void A_definition_that_names_no_fitting_method_is_refused()
    {
        var x = 1;
        foreach (var bytes in new[] { Carry.Write(Free), Carry.Write(() => x), Carry.Write((Func<int, int>)Maths.Square), Carry.Write("a".Twice) })
        {
            var token = bytes.AsSpan().IndexOf(typeof(CodeMismatchTests).Module.ModuleVersionId.ToByteArray()) + 16;
            for (var row = 0; row < 3000; row++)
            {
                var changed = (byte[])bytes.Clone();
                BitConverter.TryWriteBytes(changed.AsSpan(token), 0x06000000 | row);
                ReadOrRefuse(changed);
            }

            for (var i = 0; i < bytes.Length; i++)
            {
                ReadOrRefuse(bytes[..i]);
                for (var bit = 0; bit < 8; bit++)
                {
                    var changed = (byte[])bytes.Clone();
                    changed[i] ^= (byte)(1 << bit);
                    ReadOrRefuse(changed);
                }
            }
        }
    }

    // Some changes still name a method that fits; none may end in anything but a delegate or one of the two errors.
    private static void ReadOrRefuse(byte[] bytes)
    {
        var reader = new ObjectReader();
        reader.Reset(bytes);
        try
        {
            Assert.NotNull(Lambda.ReadDefinition(reader).ReadCaptures(reader));
        }
        catch (Exception e) when (e is SerializationException or CodeMismatchException or CaptureException)
        {
        }
    }
}
