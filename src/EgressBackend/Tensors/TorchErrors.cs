using System.Runtime.InteropServices;
using Egress.Devices;

namespace Egress.Backend.Tensors;

/// <summary>Turns libtorch's errors, of which TorchSharp gives only the text, into this project's.</summary>
internal static class TorchErrors
{
    private static readonly string[] s_outOfDeviceMemory =
        ["CUDA out of memory", "CUDA error: out of memory", "CUDNN_STATUS_ALLOC_FAILED", "CUBLAS_STATUS_ALLOC_FAILED"];

    private static readonly string[] s_outOfHostMemory = ["DefaultCPUAllocator", "Storage size calculation overflowed"];

    /// <summary>Runs work that calls libtorch, and translates its errors.</summary>
    /// <param name="device">The device that the work is for.</param>
    /// <param name="purpose">What the work is, for the message: "computing a batch of 64".</param>
    /// <param name="work">The work.</param>
    /// <param name="parameters">What users can lower; null: segmentation's.</param>
    public static T Translate<T>(IDevice device, string purpose, Func<T> work, MemoryParameters? parameters = null)
    {
        try
        {
            return work();
        }
        catch (ExternalException e)
        {
            throw Translate(device.Name, purpose, e, parameters);
        }
    }

    /// <summary>Whether an error is of the device or of memory, and not of what was computed.</summary>
    internal static bool IsResource(ExternalException error) =>
        s_outOfDeviceMemory.Concat(s_outOfHostMemory).Append("CUDA error").Any(error.Message.Contains);

    // Only the first line is for users; the others are libtorch's own call stack or settings. In an error from TorchScript the
    // reason comes after the lines of the script.
    internal static string Reason(string message)
    {
        const string InScript = "\nRuntimeError: ";
        var script = message.IndexOf(InScript, StringComparison.Ordinal);
        var reason = script < 0 ? message : message[(script + InScript.Length)..];
        return reason.TrimStart().Split('\n', 2)[0].Trim();
    }

    internal static EgressException Translate(string device, string purpose, ExternalException error, MemoryParameters? parameters = null)
    {
        var text = Reason(error.Message);
        var (size, precision) = parameters ?? MemoryParameters.Segmentation;
        if (s_outOfDeviceMemory.Any(error.Message.Contains))
        {
            return new EgressException(
                EgressErrorId.DeviceMemoryExhausted,
                EgressErrorCategory.ResourceUnavailable,
                $"The memory of {device} does not suffice for {purpose}: {text}",
                $"Lower -BatchSize or {size}, or use {precision} BFloat16 or Float16; other programs may hold memory of the device.",
                device,
                error);
        }

        if (s_outOfHostMemory.Any(error.Message.Contains))
        {
            return new EgressException(
                EgressErrorId.HostMemoryExhausted,
                EgressErrorCategory.ResourceUnavailable,
                $"The host's memory does not suffice for {purpose}: {text}",
                $"Lower -BatchSize or {size}, or raise the memory limit of the job.",
                device,
                error);
        }

        return error.Message.Contains("CUDA error", StringComparison.Ordinal)
            ? new EgressException(
                EgressErrorId.CudaCallFailed,
                EgressErrorCategory.DeviceError,
                $"{device} failed in {purpose}: {text}",
                "Start the session anew: after such an error the device answers nothing in this process. If it comes back, look at "
                + "nvidia-smi; after an assertion of a kernel, at whether -Tokenizer has the files of the model's own tokenizer.",
                device,
                error)
            : new EgressException(
                EgressErrorId.PipelineFault,
                EgressErrorCategory.NotSpecified,
                $"libtorch failed in {purpose} on {device}: {text}",
                "This is an error of the engine: report it with the command that led to it.",
                device,
                error);
    }
}
