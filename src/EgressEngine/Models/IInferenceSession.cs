using Egress.Buffers;
using Egress.Devices;

namespace Egress.Models;

/// <summary>
/// A model on a device, ready to run batches. Only the device's inference thread calls it: TorchSharp's scopes and inference
/// mode belong to a thread.
/// </summary>
public interface IInferenceSession : IDisposable
{
    /// <summary>One item as the loader writes it into host memory.</summary>
    TensorSpec Input { get; }

    /// <summary>One item as it leaves the device.</summary>
    TensorSpec Output { get; }

    /// <summary>Bytes of the model's parameters on the device.</summary>
    long ParameterBytes { get; }

    /// <summary>Allocates device memory for the input of one batch; it lives as long as the run and is filled again and again.</summary>
    /// <param name="batchSize">The largest number of items that it has to hold.</param>
    IDeviceMemory CreateInput(int batchSize);

    /// <summary>
    /// Enqueues the computation of one batch on the device's compute stream and returns its output, which is contiguous in the
    /// logical order of <see cref="Output"/>. The content is there once an event recorded on the compute stream after this
    /// call has fired.
    /// </summary>
    /// <param name="input">Memory from <see cref="CreateInput"/>, filled.</param>
    /// <param name="count">Items in the batch: the first ones of <paramref name="input"/>.</param>
    /// <exception cref="EgressException"><see cref="EgressErrorId.DeviceMemoryExhausted"/> (on the CPU
    /// <see cref="EgressErrorId.HostMemoryExhausted"/>) and device errors.</exception>
    IDeviceMemory Run(IDeviceMemory input, int count);

    /// <summary>
    /// How much of its items' room a batch uses, where items differ in it, as a number that the session alone reads; 0 stands for all of
    /// it. Called before the batch's input is copied to the device; what it returns goes to <see cref="Run(IDeviceMemory, int, int)"/>.
    /// </summary>
    /// <param name="input">The batch's input in host memory, its items one behind the other.</param>
    /// <param name="count">Items in the batch.</param>
    int MeasureExtent(HostBlock input, int count) => 0;

    /// <summary>Bytes of one item's output in a batch of an extent; <see cref="Output"/>'s where items are all alike, and never more.</summary>
    /// <param name="extent">From <see cref="MeasureExtent"/>.</param>
    long OutputBytes(int extent) => Output.Bytes;

    /// <summary>As <see cref="Run(IDeviceMemory, int)"/>, for a batch of an extent: each item's output takes <see cref="OutputBytes"/>.</summary>
    /// <param name="input">Memory from <see cref="CreateInput"/>, filled.</param>
    /// <param name="count">Items in the batch.</param>
    /// <param name="extent">From <see cref="MeasureExtent"/>.</param>
    IDeviceMemory Run(IDeviceMemory input, int count, int extent) => Run(input, count);

    /// <summary>Gives device memory back that is only kept for reuse: other sizes come. Nothing may run meanwhile.</summary>
    void ReleaseUnused()
    {
    }
}
