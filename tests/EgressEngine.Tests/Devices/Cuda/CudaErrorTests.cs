using Egress.Devices.Cuda;

namespace Egress.Tests.Devices.Cuda;

public sealed class CudaErrorTests
{
    private static readonly Dictionary<string, Action<CudaRuntime>> s_calls = new()
    {
        ["cudaGetDeviceCount"] = cuda => cuda.GetDeviceCount(),
        ["cudaSetDevice"] = cuda => cuda.SetDevice(0),
        ["cudaGetDevice"] = cuda => cuda.EnsureDevice(0),
        ["cudaDeviceSynchronize"] = cuda => cuda.DeviceSynchronize(),
        ["cudaMemGetInfo"] = cuda => cuda.MemGetInfo(),
        ["cudaStreamCreateWithFlags"] = cuda => cuda.StreamCreate(),
        ["cudaStreamWaitEvent"] = cuda => cuda.StreamWaitEvent(0, cuda.EventCreate(CudaEventFlags.None)),
        ["cudaEventCreateWithFlags"] = cuda => cuda.EventCreate(CudaEventFlags.None),
        ["cudaEventRecord"] = cuda => cuda.EventRecord(cuda.EventCreate(CudaEventFlags.None), 0),
        ["cudaEventQuery"] = cuda => cuda.EventQuery(cuda.EventCreate(CudaEventFlags.None)),
        ["cudaEventSynchronize"] = cuda => cuda.EventSynchronize(cuda.EventCreate(CudaEventFlags.None)),
        ["cudaEventElapsedTime"] = cuda => cuda.EventElapsedTime(0, 0),
        ["cudaMemcpyAsync"] = cuda => cuda.MemcpyAsync(0, 0, 1, CudaCopyKind.DeviceToHost, 0),
        ["cudaMalloc"] = cuda => cuda.Malloc(1),
        ["cudaHostAlloc"] = cuda => cuda.HostAlloc(1),
        ["cudaHostRegister"] = cuda => cuda.HostRegister(4096, 1),
        ["cudaPointerGetAttributes"] = cuda => cuda.PointerType(0),
        ["cudaDriverGetVersion"] = cuda => cuda.DriverVersion(),
        ["cudaRuntimeGetVersion"] = cuda => cuda.RuntimeVersion(),
        ["cudaProfilerStart"] = cuda => cuda.ProfilerStart(),
        ["cudaProfilerStop"] = cuda => cuda.ProfilerStop(),
    };

    private static readonly Dictionary<string, Action<CudaRuntime>> s_releases = new()
    {
        ["cudaStreamDestroy"] = cuda => cuda.StreamDestroy(0),
        ["cudaEventDestroy"] = cuda => cuda.EventDestroy(0),
        ["cudaFree"] = cuda => cuda.Free(0),
        ["cudaFreeHost"] = cuda => cuda.FreeHost(0),
        ["cudaHostUnregister"] = cuda => cuda.HostUnregister(0),
    };

    public static TheoryData<string> CallNames => [.. s_calls.Keys];

    public static TheoryData<string> ReleaseNames => [.. s_releases.Keys];

    [Theory]
    [MemberData(nameof(CallNames))]
    public void A_failing_call_is_named_with_its_code_and_leaves_no_error_for_libtorch(string call)
    {
        using var fake = new FakeCudaApi();
        fake.Fail(call, 999);

        var error = Assert.Throws<EgressException>(() => s_calls[call](new CudaRuntime(fake)));

        Assert.Equal((EgressErrorId.CudaCallFailed, EgressErrorCategory.DeviceError), (error.ErrorId, error.Category));
        Assert.Equal($"{call} failed with cudaErrorNumber999 (999): text of 999.", error.Message);
        Assert.Equal(call, error.Target);
        Assert.NotEmpty(error.Advice);
        Assert.Equal(1, fake.Calls(call));
        Assert.Equal(0, fake.PeekAtLastError());
    }

    [Theory]
    [MemberData(nameof(CallNames))]
    public void Memory_that_is_out_is_the_devices_or_the_hosts_by_the_call(string call)
    {
        using var fake = new FakeCudaApi();
        fake.Fail(call, 2);

        var error = Assert.Throws<EgressException>(() => s_calls[call](new CudaRuntime(fake)));

        var expected = call.StartsWith("cudaHost", StringComparison.Ordinal)
            ? EgressErrorId.HostMemoryExhausted
            : EgressErrorId.DeviceMemoryExhausted;
        Assert.Equal((expected, EgressErrorCategory.ResourceUnavailable), (error.ErrorId, error.Category));
        Assert.Contains($"{call} failed with cudaErrorNumber2 (2)", error.Message, StringComparison.Ordinal);
        Assert.Equal(0, fake.PeekAtLastError());
    }

    [Fact]
    public void Device_memory_that_is_out_is_told_with_what_was_asked_and_what_is_left()
    {
        using var fake = new FakeCudaApi();
        fake.Fail("cudaMalloc", 2);

        var error = Assert.Throws<EgressException>(() => new CudaRuntime(fake).Malloc(3L << 30));

        Assert.Contains("3.00 GiB were asked for; 1.00 GiB of 4.00 GiB are free.", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(ReleaseNames))]
    public void What_gives_back_never_throws(string call)
    {
        using var fake = new FakeCudaApi();
        fake.Fail(call, 719);

        s_releases[call](new CudaRuntime(fake));

        Assert.Equal(1, fake.Calls(call));
        Assert.Equal(0, fake.PeekAtLastError());
    }

    [Theory]
    [InlineData(700, "start a new one")]
    [InlineData(719, "start a new one")]
    [InlineData(710, "-Tokenizer")]
    [InlineData(710, "start a new one")]
    [InlineData(214, "start a new one")]
    [InlineData(46, "holds the GPU for itself")]
    [InlineData(100, "-Device cpu")]
    [InlineData(35, "-Device cpu")]
    [InlineData(720, "nvidia-smi")]
    [InlineData(1, "nvidia-smi")]
    public void The_advice_fits_the_code(int code, string advice)
    {
        using var fake = new FakeCudaApi();
        fake.Fail("cudaDeviceSynchronize", code);

        var error = Assert.Throws<EgressException>(() => new CudaRuntime(fake).DeviceSynchronize());

        Assert.Contains(advice, error.Advice, StringComparison.Ordinal);
    }

    [Fact]
    public void Versions_are_read_from_CUDAs_numbers()
    {
        using var fake = new FakeCudaApi();
        var cuda = new CudaRuntime(fake);

        Assert.Equal((new Version(13, 1), new Version(12, 8)), (cuda.DriverVersion(), cuda.RuntimeVersion()));
    }
}
