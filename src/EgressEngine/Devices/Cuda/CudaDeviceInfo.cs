namespace Egress.Devices.Cuda;

/// <summary>A CUDA device as the driver describes it.</summary>
/// <param name="Ordinal">Its number among those that this process sees; <c>cuda:N</c> names it.</param>
/// <param name="Name">The product's name.</param>
/// <param name="ComputeCapability">The version of what its processors can do.</param>
/// <param name="TotalBytes">Its memory.</param>
/// <param name="FreeBytes">What of it is free now, or null where that was not asked for or cannot be told.</param>
public sealed record CudaDeviceInfo(int Ordinal, string Name, Version ComputeCapability, long TotalBytes, long? FreeBytes);

/// <summary>The CUDA devices that this process sees, or why it sees none.</summary>
/// <param name="Devices">The devices in the order of their numbers.</param>
/// <param name="Reason">Why there are none; null where there are some.</param>
/// <param name="DriverVersion">The newest version of CUDA that the driver supports, or null without a driver.</param>
/// <param name="RuntimeVersion">The version of the CUDA runtime that libtorch brought, or null where it is not loaded.</param>
/// <param name="RuntimePath">Where that runtime was loaded from.</param>
public sealed record CudaInventory(
    IReadOnlyList<CudaDeviceInfo> Devices, string? Reason, Version? DriverVersion, Version? RuntimeVersion, string? RuntimePath);
