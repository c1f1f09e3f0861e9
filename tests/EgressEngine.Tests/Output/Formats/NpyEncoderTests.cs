using System.Text;
using Egress.Models;
using Egress.Output.Formats;
using Egress.Output.Planes;

namespace Egress.Tests.Output.Formats;

public class NpyEncoderTests
{
    [Theory]
    [InlineData(ElementType.UInt8, "|u1", new long[] { 7 }, "(7,)")]
    [InlineData(ElementType.Float32, "<f4", new long[] { 21, 512, 512 }, "(21, 512, 512,)")]
    [InlineData(ElementType.Float16, "<f2", new long[] { 3, 4 }, "(3, 4,)")]
    [InlineData(ElementType.BFloat16, "<f4", new long[] { 3, 4 }, "(3, 4,)")]
    [InlineData(ElementType.Int16, "<i2", new long[] { 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15 }, null)]
    public void The_header_is_that_of_version_1(ElementType type, string descriptor, long[] shape, string? text)
    {
        using var stream = new MemoryStream();
        NpyEncoder.WriteHeader(stream, type, shape);
        var file = stream.ToArray();

        Assert.Equal([0x93, .. "NUMPY"u8, 1, 0], file[..8]);
        Assert.Equal(file.Length - 10, file[8] | (file[9] << 8));
        Assert.Equal(0, file.Length % 64);
        Assert.Equal((byte)'\n', file[^1]);
        var header = Encoding.ASCII.GetString(file, 10, file.Length - 10);
        Assert.Contains($"'descr': '{descriptor}', 'fortran_order': False, 'shape': {text}", header, StringComparison.Ordinal);
    }

    [Fact]
    public void Bfloat16_is_widened_without_loss()
    {
        float[] values = [0, 1, -1.5f, float.PositiveInfinity, 3.140625f, 1e-38f];
        var halves = values.SelectMany(value => BitConverter.GetBytes((ushort)(BitConverter.SingleToUInt32Bits(value) >> 16))).ToArray();
        using var stream = new MemoryStream();
        NpyEncoder.Write(stream, new MemoryPlanes(halves, ElementType.BFloat16, 2, 1, 3));
        var widened = stream.ToArray()[^24..];
        for (var i = 0; i < values.Length; i++)
        {
            Assert.Equal(BitConverter.SingleToUInt32Bits(values[i]) & 0xFFFF0000, BitConverter.ToUInt32(widened, 4 * i));
        }
    }
}
