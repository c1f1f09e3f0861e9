using Egress.Runtime;

namespace Egress.Tests.Runtime;

public sealed class CudaPackagesTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly string _torch;

    public CudaPackagesTests() => _torch = _folder.Folder("site-packages/torch/lib");

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_libtorch_that_is_no_python_package_has_none() => Assert.Empty(CudaPackages.Find(_torch, null));

    [Fact]
    public void Each_library_is_found_in_its_own_package_in_the_order_to_load()
    {
        var cublas = Library("cublas/lib/libcublas.so.12");
        var cublasLt = Library("cublas/lib/libcublasLt.so.12");
        var runtime = Library("cuda_runtime/lib/libcudart.so.12");
        Library("cublas/lib/libnvblas.so.12");

        Assert.Equal([cublasLt, cublas, runtime], CudaPackages.Find(_torch, null));
    }

    [Fact]
    public void From_cuda_13_on_they_are_in_one_folder_named_after_the_version()
    {
        var cublasLt = Library("cu13/lib/libcublasLt.so.13");
        var cudnn = Library("cudnn/lib/libcudnn.so.9");
        Library("cu12/lib/libcublasLt.so.12");
        Library("cuda_nvcc/lib/libcublasLt.so.11");

        Assert.Equal([cublasLt, cudnn], CudaPackages.Find(_torch, null));
    }

    [Fact]
    public void Where_several_versions_lie_side_by_side_the_one_in_use_is_taken()
    {
        Library("cu13/lib/libcublas.so.13");
        var cublas = Library("cu12/lib/libcublas.so.12");
        var runtime = Library("cu12/lib/libcudart.so.12");

        Assert.Equal([cublas, runtime], CudaPackages.Find(_torch, runtime));
    }

    [Fact]
    public void A_file_without_a_version_in_its_name_is_for_compilers()
    {
        Library("cublas/lib/libcublas.so");
        Library("cublas/lib/libcublas.so.hash");
        Assert.Empty(CudaPackages.Find(_torch, null));
    }

    [Theory]
    [InlineData("7f00-7f01 r-xp 00000000 fe:00 12   /opt/my torch/lib/libcudart-c3a75b33.so.12", "/opt/my torch/lib/libcudart-c3a75b33.so.12")]
    [InlineData("7f00-7f01 r--p 00000000 fe:00 12   /usr/local/cuda/lib64/libcudart.so.13", "/usr/local/cuda/lib64/libcudart.so.13")]
    [InlineData("7f00-7f01 r--p 00000000 fe:00 12   /opt/libcudart.so.13/libother.so", null)]
    [InlineData("7f00-7f01 r--p 00000000 fe:00 12   /opt/libcudartistic.so.1", null)]
    [InlineData("7f00-7f01 rw-p 00000000 00:00 0    [heap]", null)]
    public void The_cuda_runtime_is_found_among_the_mapped_files(string line, string? path) =>
        Assert.Equal(path, ProcessMaps.Find("libcudart", ["7f00-7f01 rw-p 00000000 00:00 0", line]));

    private string Library(string name)
    {
        var path = _folder[Path.Combine("site-packages/nvidia", name)];
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, "");
        return path;
    }
}
