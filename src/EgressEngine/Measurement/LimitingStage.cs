namespace Egress.Measurement;

/// <summary>A part of a run that can hold up the others.</summary>
public enum LimitingStage
{
    /// <summary>Not measured.</summary>
    Unknown,

    /// <summary>The model's computation.</summary>
    Compute,

    /// <summary>The outputs' copies to the host.</summary>
    CopyOut,

    /// <summary>The inputs' copies to the device.</summary>
    CopyIn,

    /// <summary>The processing of outputs by all workers together.</summary>
    Processing,

    /// <summary>The loading of inputs by all loaders together.</summary>
    Input,
}
