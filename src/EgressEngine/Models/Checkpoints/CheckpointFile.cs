using System.Text;
using Egress.Files;
using Egress.Models.Archives;
using Egress.Models.Weights;
using static Egress.Models.Weights.MalformedFileException;

namespace Egress.Models.Checkpoints;

/// <summary>
/// A file of PyTorch's own: what <c>torch.save</c> writes of a state dictionary, alone or in a training script's dictionary, in
/// the zip format and in the one before it. Opening one runs nothing of it (see <see cref="PickleReader"/>).
/// </summary>
public sealed class CheckpointFile : IWeightsFile
{
    private const int MostPickleBytes = 64 << 20;

    private readonly MappedFile _file;
    private readonly Dictionary<string, StoredTensor> _byName;

    private CheckpointFile(MappedFile file, IReadOnlyList<StoredTensor> entries)
    {
        _file = file;
        Entries = entries;
        _byName = entries.ToDictionary(entry => entry.Name, StringComparer.Ordinal);
    }

    /// <inheritdoc/>
    public string Path => _file.Path;

    /// <inheritdoc/>
    public IReadOnlyList<StoredTensor> Entries { get; }

    /// <summary>Opens and checks a file.</summary>
    /// <param name="path">Full path of the file.</param>
    /// <exception cref="EgressException"><see cref="EgressErrorId.WeightsInvalid"/> where the content is not as the format has it,
    /// with the reason; <see cref="EgressErrorId.WeightsClassRefused"/> where it asks for another class than tensors and
    /// dictionaries; <see cref="EgressErrorId.PathNotFound"/>, <see cref="EgressErrorId.PathNotAFile"/> or
    /// <see cref="EgressErrorId.InputUnreadable"/> where there is no content to look at. The path is the target.</exception>
    public static CheckpointFile Open(string path)
    {
        var file = MappedFile.Open(path);
        try
        {
            return new CheckpointFile(file, Read(file));
        }
        catch (MalformedFileException e)
        {
            file.Dispose();
            throw new EgressException(
                EgressErrorId.WeightsInvalid, EgressErrorCategory.InvalidData, $"'{path}' is no valid PyTorch weights file: {e.Message}.",
                "Download the file again, or save the model's state_dict() again with torch.save.", path, e);
        }
        catch (PickleClassException e)
        {
            file.Dispose();
            throw new EgressException(
                EgressErrorId.WeightsClassRefused, EgressErrorCategory.InvalidData,
                $"'{path}' asks for {e.Name}, which is not loaded: only tensors and dictionaries are taken from a weights file.",
                "Load it with PyTorch where you trust it, and save model.state_dict() alone.", path, e);
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>Whether bytes begin as such a file does.</summary>
    public static bool IsCheckpoint(ReadOnlySpan<byte> start) => ArchiveDirectory.IsArchive(start) || LegacyCheckpoint.IsPickle(start);

    /// <inheritdoc/>
    public StoredTensor? Find(string name) => _byName.GetValueOrDefault(name);

    /// <inheritdoc/>
    public nint Locate(StoredTensor entry)
    {
        ArgumentNullException.ThrowIfNull(entry);
        return _file.AddressOf(entry.Offset);
    }

    /// <summary>Closes the file. Later calls do nothing.</summary>
    public void Dispose() => _file.Dispose();

    private static IReadOnlyList<StoredTensor> Read(MappedFile file)
    {
        if (!ArchiveDirectory.IsArchive(file.Bytes(0, (int)Math.Min(file.Length, sizeof(uint)))))
        {
            return LegacyCheckpoint.Read(file);
        }

        var archive = ArchiveDirectory.Read(file);
        var root = archive.Entries.Count == 0 ? "" : archive.Entries[0].Name.Split('/', 2)[0];
        var data = archive.Find($"{root}/data.pkl") ?? throw new MalformedFileException("it is a zip archive of something else");
        if (archive.Find($"{root}/constants.pkl") is not null)
        {
            throw new MalformedFileException("it is a TorchScript program, which -Model takes");
        }

        if (archive.Find($"{root}/byteorder") is { } order && Encoding.ASCII.GetString(ArchiveContent.Read(file, order, 16)) != "little")
        {
            throw new MalformedFileException("its numbers are in big-endian order");
        }

        var reader = new PickleReader(ArchiveContent.Read(file, data, MostPickleBytes));
        return CheckpointTensors.Find(reader.Read(), storage => Place(archive, $"{root}/data/{storage.Key}", storage));
    }

    private static (long Offset, long Bytes) Place(ArchiveDirectory archive, string name, PickleStorage storage)
    {
        var entry = archive.Find(name) ?? throw new MalformedFileException($"{Quote(name)} is not in it");
        if (!entry.IsStored)
        {
            throw new MalformedFileException($"{Quote(name)} in it is packed, which PyTorch does not do");
        }

        var size = storage.Type?.SizeInBytes() ?? 1;
        return storage.Count <= entry.Bytes / size
            ? (entry.Offset, storage.Count * size)
            : throw new MalformedFileException($"{Quote(name)} in it has {entry.Bytes} bytes, and {storage.Count} elements of {size} are to lie there");
    }
}
