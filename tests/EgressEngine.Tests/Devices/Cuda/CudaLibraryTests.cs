using System.Runtime.InteropServices;
using Egress.Devices.Cuda;

namespace Egress.Tests.Devices.Cuda;

public sealed class CudaLibraryTests
{
    [Fact]
    public void A_library_that_gives_no_access_to_the_runtime_is_named()
    {
        // A PyTorch with the runtime linked into it looks like this; any library without those exports will do.
        var library = NativeLibrary.Load("libc.so.6");

        var error = Assert.Throws<EgressException>(() => CudaLibrary.Bind(library, "/somewhere/torch/lib"));

        Assert.Equal((EgressErrorId.DeviceNotFound, "/somewhere/torch/lib"), (error.ErrorId, error.Target));
        Assert.Contains("cudaGetDeviceCount", error.Message, StringComparison.Ordinal);
        Assert.Contains("EGRESS_LIBTORCH", error.Advice, StringComparison.Ordinal);
    }

    [Fact]
    public void Exports_are_found_in_what_a_library_was_linked_with()
    {
        // What the binding rests on: libc10_cuda itself exports none of the runtime's functions.
        var library = NativeLibrary.Load("libstdc++.so.6");

        Assert.NotEqual(0, NativeLibrary.GetExport(library, "madvise"));
    }
}
