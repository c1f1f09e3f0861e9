using Egress.Devices;
using TorchSharp;

namespace Egress.Backend.Tensors;

/// <summary>
/// A contiguous tensor as memory on a device. It belongs to no dispose scope, so any thread may dispose it, and libtorch's
/// allocator takes its memory back at that moment.
/// </summary>
internal sealed class TensorMemory : IDeviceMemory
{
    private torch.Tensor? _tensor;

    /// <param name="tensor">The tensor; this object owns it from here on.</param>
    /// <exception cref="ArgumentException">Its memory is not in the order of its elements, so a copy would permute them.</exception>
    public TensorMemory(torch.Tensor tensor)
    {
        if (!tensor.is_contiguous())
        {
            throw new ArgumentException($"The tensor of shape [{string.Join(", ", tensor.shape)}] is not contiguous.", nameof(tensor));
        }

        Bytes = checked(tensor.NumberOfElements * tensor.ElementSize);
        Address = TensorAddress.Of(tensor);
        _tensor = tensor.DetachFromDisposeScope();
    }

    /// <inheritdoc/>
    public nint Address { get; }

    /// <inheritdoc/>
    public long Bytes { get; }

    /// <summary>The tensor.</summary>
    /// <exception cref="ObjectDisposedException">The memory was given back.</exception>
    public torch.Tensor Tensor
    {
        get
        {
            var tensor = Volatile.Read(ref _tensor);
            ObjectDisposedException.ThrowIf(tensor is null, this);
            return tensor;
        }
    }

    /// <inheritdoc/>
    public void Dispose() => Interlocked.Exchange(ref _tensor, null)?.Dispose();
}
