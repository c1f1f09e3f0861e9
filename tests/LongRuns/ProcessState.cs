using System.Globalization;
using System.Runtime.InteropServices;
using Egress.Buffers;
using Egress.Devices.Cuda;

namespace Egress.LongRuns;

/// <summary>What the process holds at one moment, as the kernel counts it.</summary>
/// <param name="ResidentBytes">Memory in use.</param>
/// <param name="PeakBytes">The most that ever was.</param>
/// <param name="Files">Open file descriptors, but for those of assemblies: .NET loads one when code that needs it is compiled anew, which
/// may be late in a run, and has it open from then on.</param>
/// <param name="Threads">Threads.</param>
/// <param name="HeldBytes">Bytes in the engine's blocks of host memory, pinned ones among them.</param>
/// <param name="DeviceBytes">Memory in use on all GPUs, by whatever process; 0 where there is none.</param>
internal sealed partial record ProcessState(long ResidentBytes, long PeakBytes, int Files, int Threads, long HeldBytes, long DeviceBytes)
{
    private const int LimitOfData = 2;

    /// <summary>Looks, after a collection: what is garbage is not held.</summary>
    public static ProcessState Now()
    {
        GC.Collect();
        GC.WaitForPendingFinalizers();
        GC.Collect();
        return new ProcessState(
            Status("VmRSS:"), Status("VmHWM:"), OpenFiles(), (int)Number("Threads:"),
            HostMemory.HeldBytes, CudaDevices.Enumerate().Devices.Sum(device => device.TotalBytes - (device.FreeBytes ?? 0)));
    }

    /// <summary>Bounds the memory that the process may still take, native libraries included: an allocation beyond it fails.</summary>
    /// <param name="more">Bytes.</param>
    public static void BoundMemory(long more)
    {
        var bytes = (ulong)(Status("VmData:") + more);
        if (SetLimit(LimitOfData, [bytes, bytes]) != 0)
        {
            throw new InvalidOperationException($"The memory could not be bounded: {Marshal.GetLastPInvokeErrorMessage()}.");
        }
    }

    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture,
        $"resident {ResidentBytes / 1048576.0:F1} MiB, peak {PeakBytes / 1048576.0:F1} MiB, files {Files}, threads {Threads}, held {HeldBytes}, on devices {DeviceBytes / 1048576.0:F1} MiB");

    private static int OpenFiles() => Directory.GetFileSystemEntries("/proc/self/fd")
        .Count(file => new FileInfo(file).LinkTarget?.EndsWith(".dll", StringComparison.Ordinal) != true);

    private static long Status(string name) => Number(name) * 1024;

    private static long Number(string name)
    {
        var line = File.ReadLines("/proc/self/status").First(line => line.StartsWith(name, StringComparison.Ordinal));
        return long.Parse(line[name.Length..].Replace("kB", "", StringComparison.Ordinal), CultureInfo.InvariantCulture);
    }

    [LibraryImport("libc", EntryPoint = "setrlimit", SetLastError = true)]
    private static partial int SetLimit(int resource, ulong[] softAndHard);
}
