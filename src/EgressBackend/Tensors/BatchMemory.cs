using Egress.Devices;
using static TorchSharp.torch;

namespace Egress.Backend.Tensors;

/// <summary>Computes batches of any session, and says which would fit where one did not.</summary>
internal static class BatchMemory
{
    private const long ImpossibleBytes = 1L << 50;

    /// <summary>Computes a batch, and translates libtorch's errors.</summary>
    /// <param name="device">The device.</param>
    /// <param name="parameters">What users can lower.</param>
    /// <param name="count">Items in the batch.</param>
    /// <param name="isAnySize">Whether smaller batches could be computed.</param>
    /// <param name="compute">Computes the first items of the batch.</param>
    /// <exception cref="EgressException"><see cref="EgressErrorId.DeviceMemoryExhausted"/> with a size that fits, and others.</exception>
    public static TensorMemory Compute(
        IDevice device, MemoryParameters parameters, int count, bool isAnySize, Func<int, TensorMemory> compute)
    {
        try
        {
            return TryCompute(device, parameters, count, compute);
        }
        catch (EgressException e) when (e.ErrorId == EgressErrorId.DeviceMemoryExhausted && isAnySize)
        {
            throw WithFittingBatch(e, device, parameters, count, compute);
        }
    }

    /// <summary>Gives memory of a device back that libtorch only keeps for reuse.</summary>
    public static void ReleaseUnused(IDevice device, Device place)
    {
        if (device.Kind != DeviceKind.Cuda)
        {
            return;
        }

        // libtorch's way of giving back what it keeps is not exported; but before it says that it cannot allocate, it does so.
        using var scope = NewDisposeScope();
        try
        {
            TorchErrors.Translate(device, "nothing", () => empty([ImpossibleBytes], ScalarType.Byte, place));
        }
        catch (EgressException error) when (error.ErrorId == EgressErrorId.DeviceMemoryExhausted)
        {
        }
    }

    private static TensorMemory TryCompute(IDevice device, MemoryParameters parameters, int count, Func<int, TensorMemory> compute) =>
        TorchErrors.Translate(device, $"computing a batch of {count}", () => compute(count), parameters);

    // What other batches of the run hold on the device counts as taken: a smaller batch leaves more room than is tried here.
    private static EgressException WithFittingBatch(
        EgressException error, IDevice device, MemoryParameters parameters, int count, Func<int, TensorMemory> compute)
    {
        var fitting = FittingBatch.Find(count, smaller =>
        {
            try
            {
                TryCompute(device, parameters, smaller, compute).Dispose();
                return true;
            }
            catch (EgressException e) when (e.ErrorId == EgressErrorId.DeviceMemoryExhausted)
            {
                return false;
            }
        });

        var advice = fitting == 0
            ? $"Not even a batch of 1 fits: lower {parameters.Size}, or end what else holds memory of the device."
            : $"A batch of {fitting} fits in the memory that is free now: use -BatchSize {fitting} or less, or {parameters.Precision} BFloat16.";
        return new EgressException(error.ErrorId, error.Category, error.Message, advice, error.Target, error);
    }
}

/// <summary>The parameters that lower what a batch takes of a device's memory, besides <c>-BatchSize</c>.</summary>
/// <param name="Size">What an item's size is called.</param>
/// <param name="Precision">What the precision of computing is called.</param>
internal sealed record MemoryParameters(string Size, string Precision)
{
    /// <summary>Those of segmentation.</summary>
    public static readonly MemoryParameters Segmentation = new("-ImageSize", "-Precision");

    /// <summary>Those of encoders of sequences.</summary>
    public static readonly MemoryParameters Sequences = new("-MaxLength", "-ModelPrecision");

    /// <summary>Those of encoders of pictures.</summary>
    public static readonly MemoryParameters Pictures = new("-ImageSize", "-ModelPrecision");
}
