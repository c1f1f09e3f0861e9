namespace Egress.Pipeline;

/// <summary>What a stage's thread does, as timelines and counters name it. The <c>Wait</c> ones are times without work.</summary>
public enum PipelineStage
{
    /// <summary>A loader loads one item.</summary>
    Load,

    /// <summary>The input's copy to the device.</summary>
    CopyIn,

    /// <summary>The inference thread waits for an input on the device (the article's "get batch").</summary>
    WaitInput,

    /// <summary>The model; on a CPU the computation, on a GPU only its launch.</summary>
    Compute,

    /// <summary>The inference thread waits for a free output buffer.</summary>
    WaitBuffer,

    /// <summary>The output's copy as far as its thread waits for it: the inference thread or the event monitor.</summary>
    CopyOut,

    /// <summary>A full queue of workers holds the thread up.</summary>
    WaitWorker,

    /// <summary>The output's processing, of one part of the batch: workers share it.</summary>
    Process,
}
