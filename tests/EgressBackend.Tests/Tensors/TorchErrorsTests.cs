using System.Runtime.InteropServices;
using Egress.Backend.Tensors;

namespace Egress.Backend.Tests.Tensors;

public sealed class TorchErrorsTests
{
    public static TheoryData<string, string> Texts { get; } = new()
    {
        { "CUDA out of memory. Tried to allocate 20.00 GiB. GPU 0 has a total capacity of 139.80 GiB", EgressErrorId.DeviceMemoryExhausted },
        { "CUDA error: out of memory\nCUDA kernel errors might be asynchronously reported", EgressErrorId.DeviceMemoryExhausted },
        { "cuDNN error: CUDNN_STATUS_ALLOC_FAILED", EgressErrorId.DeviceMemoryExhausted },
        { "CUDA error: CUBLAS_STATUS_ALLOC_FAILED when calling `cublasCreate(handle)`", EgressErrorId.DeviceMemoryExhausted },
        { "[enforce fail at alloc_cpu.cpp:118] err == 0. DefaultCPUAllocator: can't allocate memory: you tried to allocate 8 bytes", EgressErrorId.HostMemoryExhausted },
        { "Storage size calculation overflowed with sizes=[9223372036854775807, 2]", EgressErrorId.HostMemoryExhausted },
        { "CUDA error: an illegal memory access was encountered\nmore", EgressErrorId.CudaCallFailed },
        { "Given groups=1, weight of size [64, 3, 7, 7], expected input", EgressErrorId.PipelineFault },
    };

    [Theory]
    [MemberData(nameof(Texts))]
    public void Errors_of_libtorch_are_told_apart_by_their_text(string text, string errorId)
    {
        // What TorchSharp throws.
#pragma warning disable CA2201
        var cause = new ExternalException(text);
#pragma warning restore CA2201

        var error = TorchErrors.Translate("cuda:1", "computing a batch of 64", cause);

        Assert.Equal(errorId, error.ErrorId);
        Assert.Equal("cuda:1", error.Target);
        Assert.Same(cause, error.InnerException);
        Assert.Contains("computing a batch of 64", error.Message, StringComparison.Ordinal);
        Assert.Contains(text.Split('\n')[0], error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', error.Message);
        Assert.NotEmpty(error.Advice);
    }
}
