using System.Management.Automation;

namespace Egress.Cmdlets.Support;

/// <summary>Turns failures of the engine into error records: id, category, target and advice as the engine gives them.</summary>
internal static class ErrorRecords
{
    public static ErrorRecord From(EgressException error) => new(error, error.ErrorId, Category(error.Category), error.Target)
    {
        ErrorDetails = new ErrorDetails(error.Message) { RecommendedAction = error.Advice },
    };

    private static ErrorCategory Category(EgressErrorCategory category) => category switch
    {
        EgressErrorCategory.InvalidArgument => ErrorCategory.InvalidArgument,
        EgressErrorCategory.InvalidData => ErrorCategory.InvalidData,
        EgressErrorCategory.ObjectNotFound => ErrorCategory.ObjectNotFound,
        EgressErrorCategory.ResourceExists => ErrorCategory.ResourceExists,
        EgressErrorCategory.ResourceUnavailable => ErrorCategory.ResourceUnavailable,
        EgressErrorCategory.PermissionDenied => ErrorCategory.PermissionDenied,
        EgressErrorCategory.ReadError => ErrorCategory.ReadError,
        EgressErrorCategory.WriteError => ErrorCategory.WriteError,
        EgressErrorCategory.DeviceError => ErrorCategory.DeviceError,
        EgressErrorCategory.NotInstalled => ErrorCategory.NotInstalled,
        EgressErrorCategory.InvalidOperation => ErrorCategory.InvalidOperation,
        EgressErrorCategory.OperationStopped => ErrorCategory.OperationStopped,
        _ => ErrorCategory.NotSpecified,
    };
}
