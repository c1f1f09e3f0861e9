using System.Diagnostics;
using System.Globalization;
using System.Management.Automation;
using Egress.Measurement;

namespace Egress.Cmdlets.Support;

/// <summary>The progress of a sweep: over all its configurations where there are several, and within the one being measured.</summary>
internal sealed class SweepProgress(Cmdlet cmdlet, int count)
{
    private const int SweepId = 2;
    private readonly Stopwatch _clock = Stopwatch.StartNew();
    private readonly string _activity = string.Create(CultureInfo.InvariantCulture, $"Measuring {count} configurations");
    private RunProgress? _steps;
    private int _done;
    private int _measured;
    private int _repetition;
    private int _stepsEach;

    /// <summary>A configuration's measurement begins.</summary>
    public void Begin(ThroughputConfiguration configuration, int stepsEach)
    {
        _repetition = 0;
        _stepsEach = stepsEach;
        _steps = new RunProgress(cmdlet, $"Measuring {configuration.Strategy} on {configuration.Device}", "steps")
        {
            Total = stepsEach,
            ParentId = count > 1 ? SweepId : null,
        };
        Show(configuration.ToString());
    }

    /// <summary>So many of a repetition's steps have ended.</summary>
    public void Report(int repetition, long steps)
    {
        if (repetition != _repetition)
        {
            _repetition = repetition;
            _steps!.Total = (long)(repetition + 1) * _stepsEach;
        }

        _steps!.Report(((long)repetition * _stepsEach) + steps);
    }

    /// <summary>A configuration's measurement has ended.</summary>
    public void End()
    {
        _steps?.Complete();
        _steps = null;
    }

    /// <summary>On to the next.</summary>
    public void Next()
    {
        _done++;
        _measured++;
    }

    /// <summary>One was measured before.</summary>
    public void Skip() => _done++;

    /// <summary>Takes the display away.</summary>
    public void Complete()
    {
        End();
        if (count > 1)
        {
            cmdlet.WriteProgress(new ProgressRecord(SweepId, _activity, "Done") { RecordType = ProgressRecordType.Completed });
        }
    }

    private void Show(string current)
    {
        if (count <= 1)
        {
            return;
        }

        var record = new ProgressRecord(SweepId, _activity, string.Create(CultureInfo.InvariantCulture, $"{_done} of {count} done; {current}"))
        {
            PercentComplete = 100 * _done / count,
        };
        if (_measured > 0)
        {
            record.SecondsRemaining = (int)Math.Min(int.MaxValue, _clock.Elapsed.TotalSeconds / _measured * (count - _done));
        }

        cmdlet.WriteProgress(record);
    }
}
