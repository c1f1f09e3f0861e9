namespace Egress.Devices;

/// <summary>
/// A queue of work on a device: what is enqueued runs in order, and nothing here waits for it. One thread at a time enqueues.
/// </summary>
public interface IDeviceStream : IDisposable
{
    /// <summary>Lets everything enqueued from now on wait until <paramref name="deviceEvent"/> has fired.</summary>
    void Wait(IDeviceEvent deviceEvent);

    /// <summary>Enqueues a copy from host memory to device memory. Both must stay alive until it has ended.</summary>
    void CopyToDevice(IDeviceMemory destination, Buffers.HostBlock source, long bytes);

    /// <summary>
    /// Enqueues a copy from device memory to host memory. Both must stay alive until it has ended; only an event recorded
    /// afterwards, or <see cref="Synchronize"/>, tells that it has.
    /// </summary>
    void CopyToHost(Buffers.HostBlock destination, IDeviceMemory source, long bytes);

    /// <summary>Returns an event that fires once everything enqueued so far has ended. The caller disposes it.</summary>
    IDeviceEvent Record();

    /// <summary>Waits until everything enqueued so far has ended.</summary>
    void Synchronize();
}
