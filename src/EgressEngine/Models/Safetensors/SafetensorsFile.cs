using Egress.Files;
using Egress.Models.Weights;

namespace Egress.Models.Safetensors;

/// <summary>A safetensors file.</summary>
public sealed unsafe class SafetensorsFile : IWeightsFile
{
    private readonly MappedFile _file;
    private readonly Dictionary<string, StoredTensor> _byName;

    private SafetensorsFile(MappedFile file, SafetensorsHeader header)
    {
        _file = file;
        Entries = header.Entries;
        Metadata = header.Metadata;
        _byName = header.Entries.ToDictionary(entry => entry.Name, StringComparer.Ordinal);
    }

    /// <inheritdoc/>
    public string Path => _file.Path;

    /// <summary>Its tensors, in the order of their places in the file.</summary>
    public IReadOnlyList<StoredTensor> Entries { get; }

    /// <summary>The free text that its header carries; empty where there is none.</summary>
    public IReadOnlyDictionary<string, string> Metadata { get; }

    /// <summary>Opens and checks a file.</summary>
    /// <param name="path">Full path of the file.</param>
    /// <exception cref="EgressException"><see cref="EgressErrorId.WeightsInvalid"/> where the content is not as the format has it,
    /// with the reason; <see cref="EgressErrorId.PathNotFound"/>, <see cref="EgressErrorId.PathNotAFile"/> or
    /// <see cref="EgressErrorId.InputUnreadable"/> where there is no content to look at. The path is the target.</exception>
    public static SafetensorsFile Open(string path)
    {
        var file = MappedFile.Open(path);
        try
        {
            var start = file.Bytes(0, (int)Math.Min(file.Length, SafetensorsHeader.LengthBytes));
            var headerBytes = SafetensorsHeader.ReadLength(start, file.Length);
            return new SafetensorsFile(
                file, SafetensorsHeader.Parse(file.Bytes(SafetensorsHeader.LengthBytes, headerBytes), file.Length));
        }
        catch (MalformedFileException e)
        {
            file.Dispose();
            throw new EgressException(
                EgressErrorId.WeightsInvalid,
                EgressErrorCategory.InvalidData,
                $"'{path}' is no valid safetensors file: {e.Message}.",
                "Download or export the file again; what is read are safetensors and PyTorch's own weights files (.pth).",
                path,
                e);
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public StoredTensor? Find(string name) => _byName.GetValueOrDefault(name);

    /// <inheritdoc/>
    public nint Locate(StoredTensor entry)
    {
        ArgumentNullException.ThrowIfNull(entry);
        return _file.AddressOf(entry.Offset);
    }

    /// <summary>A tensor's bytes where they lie, valid until this object is disposed.</summary>
    /// <exception cref="OverflowException">The tensor has 2 GiB or more: use <see cref="Locate"/>.</exception>
    public ReadOnlySpan<byte> BytesOf(StoredTensor entry)
    {
        ArgumentNullException.ThrowIfNull(entry);
        return new((void*)Locate(entry), checked((int)entry.Length));
    }

    /// <summary>Closes the file. Later calls do nothing.</summary>
    public void Dispose() => _file.Dispose();
}
