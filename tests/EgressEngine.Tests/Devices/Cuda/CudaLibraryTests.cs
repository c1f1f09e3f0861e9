using System.Runtime.InteropServices;
using Egress.Devices.Cuda;

namespace Egress.Tests.Devices.Cuda;

public sealed class CudaLibraryTests
{
    [Fact]
    public void A_library_that_is_not_there_is_named()
    {
        var error = Assert.Throws<EgressException>(() => CudaLibrary.Bind("/nowhere/libc10_cuda.so"));

        Assert.Equal((EgressErrorId.DeviceNotFound, "/nowhere/libc10_cuda.so"), (error.ErrorId, error.Target));
        Assert.Contains("EGRESS_LIBTORCH", error.Advice, StringComparison.Ordinal);
    }

    [Fact]
    public void A_library_without_the_runtimes_exports_is_named()
    {
        // Any library will do.
        var error = Assert.Throws<EgressException>(() => CudaLibrary.Bind("libc.so.6"));

        Assert.Equal(EgressErrorId.DeviceNotFound, error.ErrorId);
        Assert.Contains("cudaGetDeviceCount", error.Message, StringComparison.Ordinal);
    }
}
