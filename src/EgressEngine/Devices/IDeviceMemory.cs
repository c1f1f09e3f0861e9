namespace Egress.Devices;

/// <summary>
/// Contiguous memory on a device that a copy reads or writes. Disposing it gives the memory back at once, so its owner does that
/// only after the event of the last copy that uses it has fired.
/// </summary>
public interface IDeviceMemory : IDisposable
{
    /// <summary>The address on the device; 0 on the simulated device.</summary>
    nint Address { get; }

    /// <summary>The size in bytes.</summary>
    long Bytes { get; }
}
