namespace Egress.Measurement;

/// <summary>What a configuration cannot be faster than.</summary>
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
