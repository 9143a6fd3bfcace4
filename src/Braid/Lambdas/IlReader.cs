using System.Buffers.Binary;

namespace Braid.Lambdas;

/// <summary>
/// Walks a method's IL instruction by instruction (ECMA-335, partition III) and stops at those with a metadata token.
/// </summary>
/// <remarks>
/// The operands stand in a table of constants: that of <c>System.Reflection.Emit.OpCodes</c> is filled by reflection, and a switch over
/// them is long to compile, which the first lambda of a process would pay for.
/// </remarks>
internal ref struct IlReader(ReadOnlySpan<byte> il)
{
    private const byte T = 16;      // a metadata token: 4 bytes
    private const byte S = 17;      // switch: a count, and as many targets of 4 bytes

    private ReadOnlySpan<byte> _rest = il;

    // The bytes of the operand of each instruction, or T or S.
    private static ReadOnlySpan<byte> OneByte =>
    [
        0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1, // 00: nop … stloc.3, ldarg.s, ldarga.s
        1, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, // 10: starg.s … stloc.s, ldnull … ldc.i4.8, ldc.i4.s
        4, 8, 4, 8, 0, 0, 0, T, T, T, 0, 1, 1, 1, 1, 1, // 20: ldc.i4 … ldc.r8, dup, pop, jmp, call, calli, ret, short branches
        1, 1, 1, 1, 1, 1, 1, 1, 4, 4, 4, 4, 4, 4, 4, 4, // 30: short branches, branches
        4, 4, 4, 4, 4, S, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, // 40: branches, switch, ldind
        0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, // 50: stind, arithmetic
        0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, T, // 60: arithmetic, conv, callvirt
        T, T, 4, T, T, T, 0, 0, 0, T, 0, T, T, T, T, T, // 70: cpobj, ldobj, ldstr, newobj, castclass, isinst, unbox, throw, ldfld … ldsflda
        T, T, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, T, T, 0, T, // 80: stsfld, stobj, conv.ovf, box, newarr, ldlen, ldelema
        0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, // 90: ldelem, stelem
        0, 0, 0, T, T, T, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, // A0: ldelem, stelem, unbox.any
        0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, // B0: conv.ovf
        0, 0, T, 0, 0, 0, T, 0, 0, 0, 0, 0, 0, 0, 0, 0, // C0: refanyval, ckfinite, mkrefany
        T, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 4, 1, 0, // D0: ldtoken, conv, endfinally, leave, leave.s, stind.i
        0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, // E0: conv.u
        0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
    ];

    // Those after the prefix FE.
    private static ReadOnlySpan<byte> TwoByte =>
    [
        0, 0, 0, 0, 0, 0, T, T, 0, 2, 2, 2, 2, 2, 2, 0, // 00: comparisons, ldftn, ldvirtftn, ldarg … stloc, localloc
        0, 0, 1, 0, 0, T, T, 0, 0, 1, 0, 0, T, 0, 0, 0, // 10: unaligned., volatile., tail., initobj, constrained., no., rethrow, sizeof, readonly.
    ];

    /// <summary>The instruction that <see cref="MoveNext"/> stopped at; of two-byte instructions <c>0xFE00 | second byte</c>.</summary>
    public int OpCode { get; private set; }

    /// <summary>The metadata token that is the instruction's operand.</summary>
    public int Token { get; private set; }

    /// <summary>Goes on to the next instruction whose operand is the token of a field, a method, a type or a signature.</summary>
    public bool MoveNext()
    {
        while (_rest.Length > 0)
        {
            int opCode = _rest[0];
            byte operand;
            if (opCode == Il.Prefix)
            {
                opCode = Il.Prefix << 8 | _rest[1];
                operand = TwoByte[_rest[1]];
                _rest = _rest[2..];
            }
            else
            {
                operand = OneByte[opCode];
                _rest = _rest[1..];
            }

            if (operand == T)
            {
                OpCode = opCode;
                Token = BinaryPrimitives.ReadInt32LittleEndian(_rest);
                _rest = _rest[4..];
                return true;
            }

            _rest = _rest[(operand == S ? 4 + (4 * BinaryPrimitives.ReadInt32LittleEndian(_rest)) : operand)..];
        }

        return false;
    }
}

/// <summary>The few instructions that matter for what a lambda can reach.</summary>
internal static class Il
{
    public const int Prefix = 0xFE;
    public const int LoadField = 0x7B;
    public const int LoadFieldAddress = 0x7C;
    public const int LoadToken = 0xD0;

    // The high byte of a token is its table (ECMA-335, II.22).
    public const int FieldTable = 0x04;
    public const int MethodTable = 0x06;
    public const int MemberReferenceTable = 0x0A;
    public const int MethodSpecificationTable = 0x2B;
}
