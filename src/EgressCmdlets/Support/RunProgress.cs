using System.Diagnostics;
using System.Globalization;
using System.Management.Automation;

namespace Egress.Cmdlets.Support;

/// <summary>The progress of a run: how many, how fast, and how long still where that is known.</summary>
internal sealed class RunProgress(Cmdlet cmdlet, string activity, string unit)
{
    private const int ActivityId = 1;
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(250);
    private readonly Stopwatch _clock = Stopwatch.StartNew();
    private TimeSpan _next = Interval;
    private bool _shown;

    /// <summary>How many there will be in all; null while that is not known.</summary>
    public long? Total { get; set; }

    /// <summary>The progress that this one is a part of, or null.</summary>
    public int? ParentId { get; init; }

    /// <summary>Shows the state if it is time to.</summary>
    public void Report(long done)
    {
        if (_clock.Elapsed < _next)
        {
            return;
        }

        _next = _clock.Elapsed + Interval;
        _shown = true;
        var rate = done / _clock.Elapsed.TotalSeconds;
        var record = new ProgressRecord(ActivityId, activity, Status(done, rate)) { ParentActivityId = ParentId ?? -1 };
        if (Total is { } total and > 0)
        {
            record.PercentComplete = (int)Math.Min(100, 100 * done / total);
            if (done > 0)
            {
                record.SecondsRemaining = (int)Math.Min(int.MaxValue, (total - done) / rate);
            }
        }

        cmdlet.WriteProgress(record);
    }

    /// <summary>Takes the display away, where there is one.</summary>
    public void Complete()
    {
        if (_shown)
        {
            cmdlet.WriteProgress(new ProgressRecord(ActivityId, activity, "Done") { RecordType = ProgressRecordType.Completed });
        }
    }

    private string Status(long done, double rate)
    {
        var of = Total is { } total ? string.Create(CultureInfo.InvariantCulture, $" of {total}") : "";
        return string.Create(CultureInfo.InvariantCulture, $"{done}{of} {unit}, {rate:0.0} {unit}/s");
    }
}
