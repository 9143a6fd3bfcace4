using System.Reflection;
using Braid.Serialization;
using Braid.Serialization.Compiling;

namespace Braid.Tests.Serialization;

public class FieldSubsetTests
{
    [Fact]
    public void Only_chosen_fields_travel()
    {
        using var stream = new MemoryStream();
        var closure = new Closure { Number = 5, Text = "t", Stream = stream };
        var back = (Closure)Carry(closure, Of("Number", "Text"));
        Assert.Equal(5, back.Number);
        Assert.Equal("t", back.Text);
        Assert.Null(back.Stream);
    }

    [Fact]
    public void Two_subsets_of_one_object_share_it_and_add_what_is_missing()
    {
        var closure = new Closure { Number = 5, Text = "t", Shared = [1] };
        var (one, two) = (Of("Number", "Shared"), Of("Shared", "Text"));
        var writer = new ObjectWriter();
        writer.WriteFields(closure, one);
        writer.WriteFields(closure, two);
        writer.Write(closure.Shared);
        var reader = new ObjectReader();
        reader.Reset(writer.WrittenMemory);
        var first = (Closure)reader.ReadFields(one)!;
        var second = (Closure)reader.ReadFields(two)!;
        Assert.Same(first, second);
        Assert.Equal((5, "t"), (first.Number, first.Text));
        Assert.Same(first.Shared, reader.Read<int[]>());
        Assert.Equal(0, reader.Remaining);
    }

    [Fact]
    public void A_nested_closure_has_its_own_subset()
    {
        var closure = new Closure { Number = 1, Parent = new Closure { Number = 2, Text = "left out" } };
        var subset = new FieldSubset(typeof(Closure), [new(Field("Number")), new(Field("Parent"), Of("Number"))]);
        var back = (Closure)Carry(closure, subset);
        Assert.Equal(2, back.Parent!.Number);
        Assert.Null(back.Parent.Text);
    }

    [Fact]
    public void A_refusal_names_the_path_from_the_closure_on()
    {
        using var stream = new MemoryStream();
        var e = Assert.Throws<SerializationException>(() => new ObjectWriter().WriteFields(new Closure { Stream = stream }, Of("Stream")));
        Assert.Equal("closure.Stream", e.Path);
    }

    [Fact]
    public void A_scan_follows_only_chosen_fields()
    {
        using var stream = new MemoryStream();
        var sought = new Version(1, 2);
        var closure = new Closure { Stream = stream, Any = new List<object> { sought, new Dictionary<string, Version> { ["v"] = sought } } };
        Assert.Same(sought, Assert.Single(GraphScanner.Find<Version>(closure, Of("Number", "Any"))));
        Assert.Throws<SerializationException>(() => GraphScanner.Find<Version>(closure, Of("Stream")));
    }

    [Fact]
    public void More_fields_than_bits_are_all_kept()
    {
        var many = new Many();
        var fields = typeof(Many).GetFields();
        for (var i = 0; i < fields.Length; i++)
            fields[i].SetValue(many, i + 1);
        var subset = new FieldSubset(typeof(Many), [.. fields.Select(f => new FieldSubset.Entry(f))]);
        var back = Carry(many, subset);
        Assert.Equal(Enumerable.Range(1, fields.Length), fields.Select(f => (int)f.GetValue(back)!));
    }

    private static object Carry(object closure, FieldSubset subset)
    {
        var writer = new ObjectWriter();
        writer.WriteFields(closure, subset);
        var reader = new ObjectReader();
        reader.Reset(writer.WrittenMemory);
        return reader.ReadFields(subset)!;
    }

    private static FieldSubset Of(params string[] names) => new(typeof(Closure), [.. names.Select(name => new FieldSubset.Entry(Field(name)))]);

    private static FieldInfo Field(string name) => typeof(Closure).GetField(name)!;

    private sealed class Closure
    {
        public int Number;
        public string? Text;
        public Stream? Stream;
        public int[]? Shared;
        public Closure? Parent;
        public object? Any;
    }

#pragma warning disable CS0649 // set by reflection
    private sealed class Many
    {
        public int A00, A01, A02, A03, A04, A05, A06, A07, A08, A09, A10, A11, A12, A13, A14, A15, A16, A17, A18, A19, A20, A21, A22, A23;
        public int B00, B01, B02, B03, B04, B05, B06, B07, B08, B09, B10, B11, B12, B13, B14, B15, B16, B17, B18, B19, B20, B21, B22, B23;
        public int C00, C01, C02, C03, C04, C05, C06, C07, C08, C09, C10, C11, C12, C13, C14, C15, C16, C17, C18, C19, C20, C21, C22, C23;
    }
#pragma warning restore CS0649
}
