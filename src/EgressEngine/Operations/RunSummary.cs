namespace Egress.Operations;

/// <summary>What became of a run: its counts, its faults and what it used. There is one at the end of every run.</summary>
public sealed class RunSummary
{
    /// <summary>The run, as its log and its trace name it.</summary>
    public required string RunId { get; init; }

    /// <summary>How it has ended.</summary>
    public required RunOutcome Outcome { get; init; }

    /// <summary>The exit code for a job that consists of this run, one of <see cref="EgressExitCode"/>.</summary>
    public required int ExitCode { get; init; }

    /// <summary>Whether nobody has to look at it: every picture has its output, no stage stalled, and log and telemetry are whole.</summary>
    public bool IsHealthy => Outcome == RunOutcome.Succeeded && Stalls == 0 && LogProblem is null && TelemetryProblem is null;

    /// <summary>When it began.</summary>
    public required DateTimeOffset StartedAt { get; init; }

    /// <summary>How long it took.</summary>
    public required TimeSpan Duration { get; init; }

    /// <summary>The machine.</summary>
    public string Host { get; init; } = Environment.MachineName;

    /// <summary>The process.</summary>
    public int ProcessId { get; init; } = Environment.ProcessId;

    /// <summary>The model.</summary>
    public required string Model { get; init; }

    /// <summary>The devices, separated by commas.</summary>
    public required string Device { get; init; }

    /// <summary>Where the outputs are, or null.</summary>
    public string? Destination { get; init; }

    /// <summary>Which shard it was, from 0; null where the work was not divided.</summary>
    public int? ShardIndex { get; init; }

    /// <summary>Of how many; null likewise.</summary>
    public int? ShardCount { get; init; }

    /// <summary>Pictures of this run: all but those of other shards.</summary>
    public long Images => Written + Skipped + Processed + Failed;

    /// <summary>Pictures whose output it committed.</summary>
    public long Written { get; init; }

    /// <summary>Pictures whose output was there and was kept.</summary>
    public long Skipped { get; init; }

    /// <summary>Pictures that were computed without anything to write.</summary>
    public long Processed { get; init; }

    /// <summary>Pictures without output.</summary>
    public long Failed { get; init; }

    /// <summary>Pictures that were left to other shards.</summary>
    public long OtherShards { get; init; }

    /// <summary>Bytes of the outputs that it committed, or computed where nothing was to be written.</summary>
    public long OutputBytes { get; init; }

    /// <summary>Pictures computed a second, over the whole run.</summary>
    public double ImagesPerSecond => Duration > TimeSpan.Zero ? (Written + Processed) / Duration.TotalSeconds : 0;

    /// <summary>How many failures had each error id: of pictures, and the one that ended the run.</summary>
    public IReadOnlyDictionary<string, long> Errors { get; init; } = new Dictionary<string, long>();

    /// <summary>The error id of the fault that ended it, or null.</summary>
    public string? FaultId { get; init; }

    /// <summary>What that fault says, or null.</summary>
    public string? FaultMessage { get; init; }

    /// <summary>Seconds that the threads of each stage worked or waited, all together.</summary>
    public IReadOnlyDictionary<string, double> StageSeconds { get; init; } = new Dictionary<string, double>();

    /// <summary>Times that a stage did not come on for a while.</summary>
    public long Stalls { get; init; }

    /// <summary>Bytes of host memory in its buffers.</summary>
    public long HostMemoryBytes { get; init; }

    /// <summary>The most memory that the process had resident so far, in bytes; 0 where the system does not tell.</summary>
    public long PeakMemoryBytes { get; init; }

    /// <summary>Why events are missing from the log, or null.</summary>
    public string? LogProblem { get; init; }

    /// <summary>Why metrics or traces were not delivered, or null.</summary>
    public string? TelemetryProblem { get; init; }
}
