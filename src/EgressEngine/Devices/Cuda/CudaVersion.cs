namespace Egress.Devices.Cuda;

/// <summary>CUDA's own numbering of its versions: 12080 is 12.8.</summary>
internal static class CudaVersion
{
    public static Version FromNumber(int number) => new(number / 1000, number % 1000 / 10);
}
