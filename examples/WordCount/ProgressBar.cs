using System.Globalization;

namespace Braid.Examples.WordCount;

/// <summary>How far the work has come: a bar that moves on a terminal, a line for every tenth where output is redirected.</summary>
internal sealed class ProgressBar(string what, long totalBytes)
{
    private const int Width = 32;

    private long _doneBytes;
    private int _tenthShown = -1;   // of the last line, where there are lines
    private bool _isOpen;           // the bar's line has not been ended

    public void Add(long bytes)
    {
        _doneBytes += bytes;
        var share = totalBytes == 0 ? 1 : (double)_doneBytes / totalBytes;
        var figures = string.Create(CultureInfo.InvariantCulture, $"{share * 100,3:F0}%  {_doneBytes / 1e6:F1} of {totalBytes / 1e6:F1} MB");
        if (!Console.IsOutputRedirected)
        {
            _isOpen = true;
            var filled = (int)(share * Width);
            Console.Write($"\r  {what}  {new string('█', filled)}{new string('░', Width - filled)}  {figures}");
        }
        else if ((int)(share * 10) > _tenthShown)
        {
            _tenthShown = (int)(share * 10);
            Console.WriteLine($"  {what}  {figures}");
        }
    }

    /// <summary>Ends the line of the bar.</summary>
    public void End()
    {
        if (_isOpen)
            Console.WriteLine();
        _isOpen = false;
    }
}
