namespace Egress.Pipeline;

/// <summary>The stage that owns a batch and everything it holds. A batch has one owner at a time and only moves down.</summary>
internal enum BatchOwner
{
    /// <summary>The batcher and the loaders: the input buffer is being filled.</summary>
    Loading,

    /// <summary>A lane's ingress thread: the input is on its way to the device.</summary>
    Ingress,

    /// <summary>A lane's inference thread: the model computes and the output's copy is started.</summary>
    Inference,

    /// <summary>A lane's event monitor: the copy is under way.</summary>
    Monitor,

    /// <summary>A worker, or the thread that stands in for one: the output is processed.</summary>
    Processing,

    /// <summary>The sequencer: all outcomes are set and wait for their turn.</summary>
    Done,
}
