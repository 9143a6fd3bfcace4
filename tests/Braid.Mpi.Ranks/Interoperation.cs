using System.Numerics;
using static Braid.Mpi.Ranks.RankContext;

namespace Braid.Mpi.Ranks;

/// <summary>
/// Rank 0 of a job whose rank 1 is written in C or Python (Interoperation/peer.c and peer.py beside the tests): of every datatype the first five values go there and
/// come back answered, then both reduce, broadcast, pack and send columns.
/// </summary>
internal sealed class Interoperation(Communicator world)
{
    private const int Count = 5;
    private const int Peer = 1;

    private int _tag;

    private struct Particle
    {
        public byte Kind;
        public double Mass;
        public int Charge;
        public bool Alive;
        public char Letter;
    }

    public static int Run(Communicator world)
    {
        var here = new Interoperation(world);
        here.ExchangeAll();
        here.ReduceAll();
        here.Pack();
        here.SendAColumn();
        here.Gather();
        return 0;
    }

    /// <summary>In the order in which the peer does. The answer to a number is the next one.</summary>
    private void ExchangeAll()
    {
        Exchange(static i => (sbyte)(-100 + i), static x => (sbyte)(x + 1));
        Exchange(static i => (byte)(200 + i), static x => (byte)(x + 1));
        Exchange(static i => (short)(-30_000 + i), static x => (short)(x + 1));
        Exchange(static i => (ushort)(60_000 + i), static x => (ushort)(x + 1));
        Exchange(static i => -2_000_000_000 + i, static x => x + 1);
        Exchange(static i => 4_000_000_000u + (uint)i, static x => x + 1);
        Exchange(static i => -9_000_000_000_000_000_000L + i, static x => x + 1);
        Exchange(static i => 18_000_000_000_000_000_000ul + (ulong)i, static x => x + 1);
        Exchange(static i => i + 0.5f, static x => x + 1);
        Exchange(static i => i + 0.25, static x => x + 1);
        Exchange(static i => new Complex(i, -0.5), static x => new Complex(x.Real + 1, -x.Imaginary));
        Exchange(static i => i % 2 == 0, static x => !x);
        Exchange(static i => (char)('α' + i), static x => (char)(x + 1));
        Exchange(static i => new Located<float>(i + 0.5f, i), static x => new(x.Value + 1, x.Location + 1));
        Exchange(static i => new Located<double>(i + 0.5, i), static x => new(x.Value + 1, x.Location + 1));
        Exchange(static i => new Located<long>(-i, i), static x => new(x.Value + 1, x.Location + 1));
        Exchange(static i => new Located<int>(-i, i), static x => new(x.Value + 1, x.Location + 1));
        Exchange(static i => new Located<short>((short)-i, i), static x => new((short)(x.Value + 1), x.Location + 1));
        Exchange(
            static i => new Particle { Kind = (byte)i, Mass = i + 0.5, Charge = -i, Alive = i % 2 == 0, Letter = (char)('a' + i) },
            static x => new() { Kind = (byte)(x.Kind + 1), Mass = x.Mass + 1, Charge = x.Charge + 1, Alive = !x.Alive, Letter = (char)(x.Letter + 1) });
    }

    private void Exchange<T>(Func<int, T> value, Func<T, T> answer) where T : unmanaged
    {
        var sent = Enumerable.Range(0, Count).Select(value).ToArray();
        var got = new T[Count];
        world.Send<T>(sent, Peer, _tag);
        var status = world.Receive(got.AsSpan(), Peer, _tag);
        Expect(status.GetCount<T>() == Count && got.SequenceEqual(sent.Select(answer)), typeof(T).Name);
        Console.WriteLine($"exchanged {typeof(T).Name}");
        _tag++;
    }

    private void ReduceAll()
    {
        Reduce<sbyte>();
        Reduce<byte>();
        Reduce<short>();
        Reduce<ushort>();
        Reduce<int>();
        Reduce<uint>();
        Reduce<long>();
        Reduce<ulong>();
        Reduce<float>();
        Reduce<double>();
    }

    /// <summary>Three from here and four from there; then the peer's nine for both.</summary>
    private void Reduce<T>() where T : unmanaged, INumber<T>
    {
        var sum = world.AllReduce(T.CreateChecked(3), Op.Sum);
        var most = world.AllReduce(T.CreateChecked(3), Op.Max);
        Expect(sum == T.CreateChecked(7) && most == T.CreateChecked(4), typeof(T).Name);
        Expect(world.BroadcastValue(T.Zero, Peer) == T.CreateChecked(9), typeof(T).Name);
        Console.WriteLine($"reduced {typeof(T).Name}");
    }

    /// <summary>An int, two doubles and a byte in one message; there it is unpacked, and another comes back.</summary>
    private void Pack()
    {
        var packed = new byte[100];
        var position = 0;
        Datatype.Pack(Datatype.Of<int>().From<int>(new[] { -7 }), packed, ref position, world);
        Datatype.Pack(Datatype.Of<double>().From<double>(new[] { 0.5, 1.5 }), packed, ref position, world);
        Datatype.Pack(Datatype.Of<byte>().From<byte>(new byte[] { 200 }), packed, ref position, world);
        world.Send(Datatype.Packed.From<byte>(packed.AsSpan(..position), position), Peer, _tag);

        var status = world.Receive(Datatype.Packed.Into(packed.AsSpan(), packed.Length), Peer, _tag);
        var (number, halves) = (new int[1], new double[2]);
        position = 0;
        var answer = packed.AsSpan(..(int)status.ByteCount);
        Datatype.Unpack(answer, ref position, Datatype.Of<double>().Into(halves.AsSpan()), world);
        Datatype.Unpack(answer, ref position, Datatype.Of<int>().Into(number.AsSpan()), world);
        Expect(number[0] == -8 && halves[0] == 2.5 && halves[1] == 3.5);
        Console.WriteLine("packed");
        _tag++;
    }

    /// <summary>The second column of a 3 × 4 matrix, received there as three numbers; three come back into the third.</summary>
    private void SendAColumn()
    {
        var matrix = Enumerable.Range(0, 12).Select(static i => (double)i).ToArray();
        using var column = Datatype.Of<double>().Vector(3, 1, 4);
        world.Send(column.From<double>(matrix.AsSpan(1), 1), Peer, _tag);
        world.Receive(column.Into(matrix.AsSpan(2), 1), Peer, _tag);
        Expect(matrix is [0, 1, -1, 3, 4, 5, -5, 7, 8, 9, -9, 11]);
        Console.WriteLine("sent a column");
        _tag++;
    }

    private void Gather()
    {
        var all = world.AllGather(world.Rank == 0 ? 'x' : ' ');
        Expect(all is ['x', 'y']);
        var parts = new int[3];
        world.GatherV<int>([1], parts, [1, 2]);
        Expect(parts is [1, 2, 3]);
        Console.WriteLine("gathered");
    }
}
