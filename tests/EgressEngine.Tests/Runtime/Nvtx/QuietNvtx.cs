using System.Runtime.InteropServices;
using Egress.Runtime.Nvtx;

namespace Egress.Tests.Runtime.Nvtx;

/// <summary>NVTX as it is without a tool: its functions return at once. They only count here.</summary>
internal sealed unsafe class QuietNvtx : IDisposable
{
    private static int s_pops;
    private readonly NvtxApi? _before = NvtxLibrary.Current;

    public QuietNvtx()
    {
        s_pops = 0;
        NvtxLibrary.Current = new NvtxApi("/the/stub", 3, name => name == "nvtxRangePop"
            ? (nint)(delegate* unmanaged<int>)&RangePop
            : (nint)(delegate* unmanaged<void*, int>)&RangePushEx);
    }

    public static int Pops => s_pops;

    public void Dispose() => NvtxLibrary.Current = _before;

    [UnmanagedCallersOnly]
    private static int RangePushEx(void* attributes) => -2;

    [UnmanagedCallersOnly]
    private static int RangePop()
    {
        s_pops++;
        return -2;
    }
}
