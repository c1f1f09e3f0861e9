using System.IO.Compression;
using TorchSharp;

namespace Egress.Backend.Networks;

/// <summary>
/// Functions in TorchScript that reach operators which TorchSharp has no method for and its script compiler no name: those of other
/// libraries than ATen. A program from a file may name them, so the functions come as one, which is made in memory.
/// </summary>
internal static class ScriptFunctions
{
    /// <summary>Makes a program of functions.</summary>
    /// <param name="functions">Their definitions, two spaces deep, each with <c>self</c> as its first parameter.</param>
    public static torch.jit.ScriptModule Compile(string functions)
    {
        byte[] program = [0x80, 2, .. "c__torch__\nNet\n"u8, (byte)')', 0x81, (byte)'}', (byte)'X', 8, 0, 0, 0, .. "training"u8, 0x89, (byte)'s', (byte)'b', (byte)'.'];
        using var stream = new MemoryStream();
        using (var archive = new ZipArchive(stream, ZipArchiveMode.Create, leaveOpen: true))
        {
            Add(archive, "data.pkl", program);
            Add(archive, "code/__torch__.py", System.Text.Encoding.UTF8.GetBytes(
                $"class Net(Module):\n  __parameters__ = []\n  __buffers__ = []\n  training : bool\n{functions}"));
            Add(archive, "constants.pkl", [0x80, 2, (byte)')', (byte)'.']);
            Add(archive, "version", "3\n"u8);
        }

        return torch.jit.load(stream.ToArray(), DeviceType.CPU);
    }

    private static void Add(ZipArchive archive, string name, ReadOnlySpan<byte> content)
    {
        using var entry = archive.CreateEntry($"functions/{name}", CompressionLevel.NoCompression).Open();
        entry.Write(content);
    }
}
