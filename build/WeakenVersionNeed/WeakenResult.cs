namespace Egress.Build;

/// <summary>What <see cref="ElfVersionNeeds.Weaken"/> found.</summary>
public enum WeakenResult
{
    /// <summary>The library does not ask for the version; nothing was changed.</summary>
    NotNeeded,

    /// <summary>The library asks for the version and can do without; nothing was changed.</summary>
    AlreadyWeak,

    /// <summary>The library asked for the version, and now can do without.</summary>
    Weakened,
}
