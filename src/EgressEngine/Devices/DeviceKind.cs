namespace Egress.Devices;

/// <summary>The kinds of device that the pipeline runs on.</summary>
public enum DeviceKind
{
    /// <summary>The host's own processor, with libtorch.</summary>
    Cpu,

    /// <summary>An NVIDIA GPU, with libtorch and the CUDA runtime.</summary>
    Cuda,

    /// <summary>A device that waits for given durations instead of working; exact enough to test the pipeline against.</summary>
    Simulated,
}
