namespace Egress;

/// <summary>
/// The exit codes of scheduled jobs. The numbers are those of <c>sysexits.h</c>, which mail systems and schedulers know; scripts
/// depend on them.
/// </summary>
public static class EgressExitCode
{
    /// <summary>Every picture has its output.</summary>
    public const int Success = 0;

    /// <summary>PowerShell's own code for a script that failed in some other way.</summary>
    public const int ScriptFailed = 1;

    /// <summary>Parameters make no sense, alone or together. The same command fails again.</summary>
    public const int Usage = 64;

    /// <summary>The run has ended, and some inputs have no output because they are bad; or a file that the run needs is.</summary>
    public const int DataError = 65;

    /// <summary>A file that was named does not exist.</summary>
    public const int NoInput = 66;

    /// <summary>A device or its driver failed.</summary>
    public const int Unavailable = 69;

    /// <summary>Egress itself failed.</summary>
    public const int Software = 70;

    /// <summary>Something exists that must not be replaced.</summary>
    public const int CannotCreate = 73;

    /// <summary>Reading or writing failed.</summary>
    public const int IOError = 74;

    /// <summary>Memory, disk space, a device or the destination is short or busy. The same command may succeed later.</summary>
    public const int TryAgain = 75;

    /// <summary>The operating system or a store refused access.</summary>
    public const int NoPermission = 77;

    /// <summary>A part of the installation is missing.</summary>
    public const int Configuration = 78;

    /// <summary>The run was stopped: 128 and the number of SIGINT. A process that a signal ends gives 128 and that signal's number.</summary>
    public const int Stopped = 130;

    /// <summary>The exit code of a failure that ends a run.</summary>
    public static int Of(EgressException error)
    {
        ArgumentNullException.ThrowIfNull(error);
        return Of(error.Category);
    }

    /// <summary>The exit code of a category of failures.</summary>
    public static int Of(EgressErrorCategory category) => category switch
    {
        EgressErrorCategory.InvalidArgument or EgressErrorCategory.InvalidOperation => Usage,
        EgressErrorCategory.InvalidData => DataError,
        EgressErrorCategory.ObjectNotFound => NoInput,
        EgressErrorCategory.ResourceExists => CannotCreate,
        EgressErrorCategory.ResourceUnavailable => TryAgain,
        EgressErrorCategory.PermissionDenied => NoPermission,
        EgressErrorCategory.ReadError or EgressErrorCategory.WriteError => IOError,
        EgressErrorCategory.DeviceError => Unavailable,
        EgressErrorCategory.NotInstalled => Configuration,
        EgressErrorCategory.OperationStopped => Stopped,
        _ => Software,
    };
}
