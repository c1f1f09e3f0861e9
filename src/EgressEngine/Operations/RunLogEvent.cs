namespace Egress.Operations;

/// <summary>The names of the log's events. Filters and alerts match on them: one may be added, never renamed.</summary>
public static class RunLogEvent
{
    /// <summary>A run begins: what it was told.</summary>
    public const string RunStarted = "run.started";

    /// <summary>The devices are open and the stages run.</summary>
    public const string RunReady = "run.ready";

    /// <summary>The run has ended: its summary. Every run that began writes it, unless its process was killed.</summary>
    public const string RunEnded = "run.ended";

    /// <summary>A picture's output is committed.</summary>
    public const string ImageWritten = "image.written";

    /// <summary>A picture's output existed and was kept.</summary>
    public const string ImageSkipped = "image.skipped";

    /// <summary>A picture was computed, and nothing was to be written.</summary>
    public const string ImageProcessed = "image.processed";

    /// <summary>A picture has no output, and why.</summary>
    public const string ImageFailed = "image.failed";

    /// <summary>The vectors of a batch of sequences are committed.</summary>
    public const string BatchWritten = "batch.written";

    /// <summary>Vectors existed and were kept.</summary>
    public const string BatchSkipped = "batch.skipped";

    /// <summary>A batch of sequences was computed, and nothing was to be stored.</summary>
    public const string BatchProcessed = "batch.processed";

    /// <summary>A sequence has no vector, and why.</summary>
    public const string SequenceFailed = "sequence.failed";

    /// <summary>The error that ends the run.</summary>
    public const string RunFaulted = "run.faulted";

    /// <summary>A stage has not come on for a while.</summary>
    public const string StageStalled = "stage.stalled";

    /// <summary>Metrics or traces could not be delivered.</summary>
    public const string TelemetryLost = "telemetry.lost";
}
