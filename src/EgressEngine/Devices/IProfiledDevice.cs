namespace Egress.Devices;

/// <summary>A device whose vendor's profiler can be told which part of a program to record.</summary>
internal interface IProfiledDevice
{
    /// <summary>Lets a profiler that waits for it begin to record; without one, nothing happens.</summary>
    void StartProfiler();

    /// <summary>Ends what <see cref="StartProfiler"/> began.</summary>
    void StopProfiler();
}
