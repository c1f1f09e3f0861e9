using System.Runtime.Loader;
using System.Text;
using ICSharpCode.SharpZipLib.Zip.Compression;
using NetVips;
using TorchSharp;

namespace Egress.Tests.Probe;

/// <summary>
/// Uses of third-party libraries, each down to its native code where it has some. Each returns where its assembly came from and
/// what came out of the use.
/// </summary>
public static class Uses
{
    /// <summary>Adds up 0 to 5 on the CPU.</summary>
    public static string[] Torch()
    {
        using var numbers = torch.arange(6, dtype: torch.int64);
        return [.. Origin(typeof(torch)), $"{numbers.sum().item<long>()}"];
    }

    /// <summary>Asks TorchSharp for CUDA, which it looks for by library name.</summary>
    public static string[] TorchCuda() => [.. Origin(typeof(torch)), $"{torch.TryInitializeDeviceType(DeviceType.CUDA)}"];

    /// <summary>Writes a picture as PNG and reads it back.</summary>
    public static string[] Vips()
    {
        using var picture = Image.Black(5, 3);
        using var back = Image.NewFromBuffer(picture.WriteToBuffer(".png"));
        return [.. Origin(typeof(Image)), $"{back.Width}x{back.Height}"];
    }

    /// <summary>Compresses a text and reads it back.</summary>
    public static string[] Zip()
    {
        var deflater = new Deflater();
        deflater.SetInput("compressed and back"u8.ToArray());
        deflater.Finish();
        var packed = new byte[100];
        var length = deflater.Deflate(packed);

        var inflater = new Inflater();
        inflater.SetInput(packed, 0, length);
        var text = new byte[100];
        return [.. Origin(typeof(Deflater)), Encoding.ASCII.GetString(text, 0, inflater.Inflate(text))];
    }

    /// <summary>Fails as a backend fails: the other side has to know the exception's type.</summary>
    public static string[] Fail() => throw new EgressException(
        EgressErrorId.ModelUnknown, EgressErrorCategory.ObjectNotFound, "from the private context", "none");

    private static string[] Origin(Type type) =>
        [type.Assembly.Location, AssemblyLoadContext.GetLoadContext(type.Assembly)?.Name ?? "none"];
}
