using System.Globalization;

namespace Braid.SharedMemory;

internal sealed record Settings(long Bytes, int Runs)
{
    public static bool TryParse(string[] args, out Settings settings)
    {
        settings = new Settings(256L << 20, 7);
        if (args.Length > 2 || !TryNumber(args, 0, 256, out var mebibytes) || !TryNumber(args, 1, 7, out var runs))
            return false;
        settings = new Settings((long)mebibytes << 20, runs);
        return true;
    }

    private static bool TryNumber(string[] args, int index, int otherwise, out int number)
    {
        number = otherwise;
        return index >= args.Length
            || (int.TryParse(args[index], NumberStyles.None, CultureInfo.InvariantCulture, out number) && number is > 0 and < 1 << 20);
    }
}
