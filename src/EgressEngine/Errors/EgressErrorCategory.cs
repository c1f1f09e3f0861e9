namespace Egress;

/// <summary>
/// What kind of failure an <see cref="EgressException"/> is. The names are those of PowerShell's error categories, so that
/// the cmdlets can map them one to one while the engine stays free of PowerShell.
/// </summary>
public enum EgressErrorCategory
{
    /// <summary>No category fits.</summary>
    NotSpecified,

    /// <summary>A parameter or option makes no sense, alone or with the others.</summary>
    InvalidArgument,

    /// <summary>A file's content is not what it has to be.</summary>
    InvalidData,

    /// <summary>Something that the user named does not exist.</summary>
    ObjectNotFound,

    /// <summary>Something exists that must not be replaced.</summary>
    ResourceExists,

    /// <summary>Memory, disk space or a device is missing, too small or busy.</summary>
    ResourceUnavailable,

    /// <summary>The operating system refused access.</summary>
    PermissionDenied,

    /// <summary>Reading failed.</summary>
    ReadError,

    /// <summary>Writing failed.</summary>
    WriteError,

    /// <summary>A device or its driver failed.</summary>
    DeviceError,

    /// <summary>A part of the installation is missing or does not load.</summary>
    NotInstalled,

    /// <summary>The operation is not possible in this state.</summary>
    InvalidOperation,

    /// <summary>The user stopped the operation.</summary>
    OperationStopped,
}
