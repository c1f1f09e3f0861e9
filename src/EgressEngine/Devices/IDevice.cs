using Egress.Buffers;

namespace Egress.Devices;

/// <summary>
/// A device as the pipeline sees it: three streams and host memory that it can reach. What computes on it is an
/// <see cref="Models.IInferenceSession"/>. A run owns its devices and disposes them after their last copy has ended.
/// </summary>
public interface IDevice : IDisposable
{
    /// <summary>The name that selects this device, for example <c>cuda:0</c>.</summary>
    string Name { get; }

    /// <summary>What kind of device it is.</summary>
    DeviceKind Kind { get; }

    /// <summary>The stream that the model computes on.</summary>
    IDeviceStream ComputeStream { get; }

    /// <summary>The stream of its own for copies from host to device.</summary>
    IDeviceStream IngressStream { get; }

    /// <summary>The stream of its own for copies from device to host.</summary>
    IDeviceStream EgressStream { get; }

    /// <summary>
    /// Allocates host memory of this kind and verifies that it is what was asked for.
    /// </summary>
    /// <param name="bytes">Size in bytes, at least 1.</param>
    /// <param name="kind">What the memory has to be; a device without direct memory access gives prefaulted memory for
    /// <see cref="HostMemoryKind.Pinned"/> and says so in the block's own kind.</param>
    /// <exception cref="EgressException"><see cref="EgressErrorId.HostMemoryExhausted"/> or
    /// <see cref="EgressErrorId.MemoryNotPinned"/>.</exception>
    HostBlock AllocateHost(long bytes, HostMemoryKind kind);

    /// <summary>Makes this device the calling thread's current one. Every stage thread that uses the device calls it once.</summary>
    void BindThread();

    /// <summary>Waits until everything enqueued on the device has ended.</summary>
    void Synchronize();
}
