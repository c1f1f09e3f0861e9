using System.Globalization;
using System.Management.Automation;

namespace Egress.Shell;

/// <summary>
/// Shows the latest progress record: on a terminal as one line that is written over, elsewhere as a plain line now and then, so
/// that the log of a job stays readable. Not thread-safe; the console that owns it holds its lock.
/// </summary>
/// <param name="writer">Where the lines go.</param>
/// <param name="inPlace">Whether the writer is a terminal whose line can be written over.</param>
/// <param name="width">The columns of the terminal.</param>
/// <param name="time">The clock that both intervals are taken from.</param>
internal sealed class ProgressDisplay(TextWriter writer, bool inPlace, Func<int> width, TimeProvider time)
{
    private const int BarWidth = 20;
    private const string EraseLine = "\r\e[K";

    private static readonly TimeSpan s_frameInterval = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan s_lineInterval = TimeSpan.FromSeconds(10);

    // The record that changed last comes last; the one before it is shown again once that has completed.
    private readonly List<(long Source, ProgressRecord Record)> _active = [];
    private long? _lastShown;
    private bool _visible;

    /// <summary>Takes in a record and shows it where it is time to.</summary>
    public void Update(long source, ProgressRecord record, bool mayDraw = true)
    {
        _active.RemoveAll(entry => entry.Source == source && entry.Record.ActivityId == record.ActivityId);
        if (record.RecordType == ProgressRecordType.Processing)
        {
            _active.Add((source, record));
        }

        if (_active.Count == 0)
        {
            Hide();
        }
        else if (mayDraw && (_lastShown is not { } last || time.GetElapsedTime(last) >= (inPlace ? s_frameInterval : s_lineInterval)))
        {
            Show(_active[^1].Record);
            _lastShown = time.GetTimestamp();
        }
    }

    /// <summary>Clears the line, until the next record draws it again.</summary>
    public void Hide()
    {
        if (_visible)
        {
            writer.Write(EraseLine);
            _visible = false;
        }
    }

    /// <summary>Clears the line and forgets all records.</summary>
    public void Reset()
    {
        Hide();
        _active.Clear();
    }

    private void Show(ProgressRecord record)
    {
        var text = Describe(record);
        if (!inPlace)
        {
            writer.WriteLine(text);
            return;
        }

        var bar = record.PercentComplete is >= 0 and var percent ? $" [{new string('#', percent * BarWidth / 100),-BarWidth}]" : "";
        // One column stays free: a terminal that wraps after the last one would leave the line behind.
        writer.Write(EraseLine + CellWidth.Truncate(text, width() - bar.Length - 1) + bar);
        _visible = true;
    }

    private static string Describe(ProgressRecord record)
    {
        var parts = new List<string>();
        Add(record.StatusDescription);
        Add(record.CurrentOperation);
        if (record.PercentComplete >= 0)
        {
            parts.Add(string.Create(CultureInfo.InvariantCulture, $"{record.PercentComplete} %"));
        }

        if (record.SecondsRemaining >= 0)
        {
            parts.Add(string.Create(CultureInfo.InvariantCulture, $"{TimeSpan.FromSeconds(record.SecondsRemaining):c} left"));
        }

        return parts.Count == 0 ? OneLine(record.Activity) : $"{OneLine(record.Activity)}: {string.Join(", ", parts)}";

        void Add(string? text)
        {
            if (!string.IsNullOrWhiteSpace(text))
            {
                parts.Add(OneLine(text));
            }
        }
    }

    private static string OneLine(string text) =>
        string.Join(' ', text.Split((char[])['\r', '\n', '\t', '\e'], StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries));
}
