using Braid.Mpi;

namespace MpiExamples;

/// <summary>
/// A square plate of 120 × 120 cells, cold but for two edges that are kept hot, and how the heat spreads in it. The ranks form a grid; each has a block of the
/// plate with a frame of one cell around it, into which its neighbours' edges come before each step. The result must be that of one rank, to the last bit.
/// </summary>
internal static class HeatExample
{
    private const int Size = 120;
    private const int Steps = 300;

    /// <summary>The share of the difference to its neighbours that a cell takes on in a step; beyond 0.25 the scheme does not converge.</summary>
    private const double Rate = 0.24;

    public static Task RunAsync(Communicator world)
    {
        using var grid = world.CreateCartesian(CartesianCommunicator.Dimensions(world.Size, 2), [false, false])!;
        var block = BlockOf(grid, grid.Rank);
        var plate = new Plate(block);
        // A column's cells are as far apart as a row is long. A row lies in one piece.
        using var row = Datatype.Of<double>().Contiguous(block.Width);
        using var column = Datatype.Of<double>().Vector(block.Height, 1, plate.RowLength);
        var change = 0.0;
        for (var step = 0; step < Steps; step++)
        {
            ExchangeEdges(grid, plate, row, column);
            change = plate.Step();
        }

        change = grid.AllReduce(change, Op.Max);
        if (Gather(grid, plate) is { } whole)
        {
            var alone = new Plate(new(0, 0, Size, Size));
            for (var step = 0; step < Steps; step++)
                alone.Step();
            var equal = whole.AsSpan().SequenceEqual(alone.Inside());
            Png.Write("heat.png", whole, Size, Size);
            Console.WriteLine(
                $"{Size} x {Size} cells on {string.Join(" x ", grid.Shape)} ranks after {Steps} steps: mean {whole.Average():F4}, last change {change:E2}, " +
                $"{(equal ? "equal to the serial answer" : "NOT the serial answer")}; drawn to heat.png");
        }

        return Task.CompletedTask;
    }

    /// <summary>The first and last rows and columns go out, the neighbours' come into the frame. Where the plate ends the neighbour is nobody, and the frame
    /// stays as it is.</summary>
    private static void ExchangeEdges(CartesianCommunicator grid, Plate plate, Datatype row, Datatype column)
    {
        var (height, width) = (plate.Block.Height, plate.Block.Width);
        var (above, below) = grid.Shift(0);
        grid.SendReceive(row.From<double>(plate.From(1, 1), 1), above, row.Into(plate.From(height + 1, 1), 1), below);
        grid.SendReceive(row.From<double>(plate.From(height, 1), 1), below, row.Into(plate.From(0, 1), 1), above);
        var (before, after) = grid.Shift(1);
        grid.SendReceive(column.From<double>(plate.From(1, 1), 1), before, column.Into(plate.From(1, width + 1), 1), after);
        grid.SendReceive(column.From<double>(plate.From(1, width), 1), after, column.Into(plate.From(1, 0), 1), before);
    }

    /// <summary>The whole plate at rank 0, which receives each block where it belongs; null elsewhere.</summary>
    private static double[]? Gather(CartesianCommunicator grid, Plate plate)
    {
        var send = grid.StartSend<double>(plate.Inside(), 0);
        var whole = grid.Rank == 0 ? new double[Size * Size] : null;
        for (var rank = 0; whole is not null && rank < grid.Size; rank++)
        {
            var block = BlockOf(grid, rank);
            using var place = Datatype.Of<double>().Subarray([Size, Size], [block.Height, block.Width], [block.Top, block.Left]);
            grid.Receive(place.Into(whole.AsSpan(), 1), rank);
        }

        send.Wait();
        return whole;
    }

    private static Block BlockOf(CartesianCommunicator grid, int rank)
    {
        var at = grid.GetCoordinates(rank);
        var (top, bottom) = Share(at[0], grid.Shape[0]);
        var (left, right) = Share(at[1], grid.Shape[1]);
        return new(top, left, bottom - top, right - left);

        static (int First, int End) Share(int part, int parts) => (Size * part / parts, Size * (part + 1) / parts);
    }

    private sealed record Block(int Top, int Left, int Height, int Width);

    /// <summary>A block of the plate within its frame.</summary>
    private sealed class Plate
    {
        private double[] _cells;
        private double[] _next;

        public Plate(Block block)
        {
            Block = block;
            _cells = new double[(block.Height + 2) * RowLength];
            // The left edge is kept at 100 degrees, and the upper one rises to them.
            for (var i = 0; block.Left == 0 && i < block.Height; i++)
                From(i + 1, 0)[0] = 100;
            for (var i = 0; block.Top == 0 && i < block.Width; i++)
                From(0, i + 1)[0] = 100.0 * (block.Left + i) / Size;
            _next = [.. _cells];
        }

        public Block Block { get; }

        public int RowLength => Block.Width + 2;

        /// <summary>The cells from this one on, counted with the frame.</summary>
        public Span<double> From(int row, int column) => _cells.AsSpan(row * RowLength + column);

        /// <summary>Lets the heat flow once; returns by how much a cell changed at most.</summary>
        public double Step()
        {
            var change = 0.0;
            for (var row = 1; row <= Block.Height; row++)
            {
                var above = From(row - 1, 0);
                var here = From(row, 0);
                var below = From(row + 1, 0);
                var next = _next.AsSpan(row * RowLength);
                for (var i = 1; i <= Block.Width; i++)
                {
                    var flow = Rate * (above[i] + below[i] + here[i - 1] + here[i + 1] - 4 * here[i]);
                    next[i] = here[i] + flow;
                    change = Math.Max(change, Math.Abs(flow));
                }
            }

            // The frame of the other array is filled by the next exchange, or is an edge of the plate, which both have.
            (_cells, _next) = (_next, _cells);
            return change;
        }

        /// <summary>The cells without the frame.</summary>
        public double[] Inside() => [.. Enumerable.Range(1, Block.Height).SelectMany(row => From(row, 1)[..Block.Width].ToArray())];
    }
}
