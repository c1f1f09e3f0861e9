namespace Egress.Output;

/// <summary>What a run does about outputs that are there already.</summary>
public enum OutputMode
{
    /// <summary>Keeps every file that exists and skips its input, whether or not it is sound.</summary>
    Keep,

    /// <summary>Does everything, and replaces what exists.</summary>
    Replace,

    /// <summary>
    /// Does what the journal does not have, and what it has and the destination has no longer, or not as it was. Files that were
    /// there before the journal are kept.
    /// </summary>
    Resume,

    /// <summary>As <see cref="Resume"/>, and replaces outputs of other settings and files that were there before the journal.</summary>
    ResumeAndReplace,
}
