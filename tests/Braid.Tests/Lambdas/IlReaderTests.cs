using System.Reflection;
using System.Reflection.Emit;
using Braid.Lambdas;

namespace Braid.Tests.Lambdas;

public class IlReaderTests
{
    /// <summary>The framework's own table of instructions.</summary>
    private static readonly OpCode[] All =
    [
        .. typeof(OpCodes).GetFields(BindingFlags.Public | BindingFlags.Static).Select(f => (OpCode)f.GetValue(null)!)
            .Where(o => o.OpCodeType != OpCodeType.Nternal),
    ];

    [Fact]
    public void Every_instruction_is_as_long_as_the_framework_says()
    {
        Assert.True(All.Length > 200);
        foreach (var opCode in All)
        {
            // The instruction, its operand, and a call that is found only when both have been stepped over exactly.
            byte[] il = [.. Encode(opCode), .. Operand(opCode), (byte)OpCodes.Call.Value, 1, 2, 3, 6];
            var reader = new IlReader(il);
            var found = new List<(int, int)>();
            while (reader.MoveNext()) found.Add((reader.OpCode, reader.Token));
            Assert.Equal((OpCodes.Call.Value, 0x06030201), found[^1]);
            Assert.Equal(HasToken(opCode) ? 2 : 1, found.Count);
        }
    }

    [Fact]
    public void A_switch_is_stepped_over_with_all_its_targets()
    {
        byte[] il = [(byte)OpCodes.Switch.Value, 2, 0, 0, 0, 0x28, 0x28, 0x28, 0x28, 0x28, 0x28, 0x28, 0x28, (byte)OpCodes.Ret.Value];
        Assert.False(new IlReader(il).MoveNext());
    }

    private static byte[] Encode(OpCode opCode) => opCode.Size == 1 ? [(byte)opCode.Value] : [Il.Prefix, (byte)opCode.Value];

    private static byte[] Operand(OpCode opCode) => new byte[opCode.OperandType switch
    {
        OperandType.InlineNone => 0,
        OperandType.ShortInlineBrTarget or OperandType.ShortInlineI or OperandType.ShortInlineVar => 1,
        OperandType.InlineVar => 2,
        OperandType.InlineI8 or OperandType.InlineR => 8,
        OperandType.InlineSwitch => 4,      // no targets
        _ => 4,
    }];

    private static bool HasToken(OpCode opCode) => opCode.OperandType
        is OperandType.InlineField or OperandType.InlineMethod or OperandType.InlineSig or OperandType.InlineTok or OperandType.InlineType;
}
