using System.Buffers.Binary;
using Egress.Files;
using Egress.Models.Weights;
using static Egress.Models.Weights.MalformedFileException;

namespace Egress.Models.Checkpoints;

/// <summary>
/// PyTorch's format before 1.6, which many published weights are in: pickles of a magic number, a version, the writer's machine,
/// the data and the storages' names, one after the other, and then each storage with its length.
/// </summary>
internal static class LegacyCheckpoint
{
    // 0x1950A86A20F9469CFC6C as a pickle of protocol 2 has it.
    private static ReadOnlySpan<byte> Magic => [0x80, 2, 0x8A, 10, 0x6C, 0xFC, 0x9C, 0x46, 0xF9, 0x20, 0x6A, 0xA8, 0x50, 0x19, (byte)'.'];

    private const long Version = 1001;
    private const int MostPickleBytes = 64 << 20;

    /// <summary>Whether bytes begin as a binary pickle does.</summary>
    public static bool IsPickle(ReadOnlySpan<byte> start) => start.Length >= 3 && start[0] == 0x80 && start[1] is >= 2 and <= 5 && start[2] >= 0x28;

    /// <summary>The tensors of a file.</summary>
    /// <exception cref="MalformedFileException">It is not as the format has it.</exception>
    /// <exception cref="PickleClassException">It asks for a class that is not loaded.</exception>
    public static IReadOnlyList<StoredTensor> Read(MappedFile file)
    {
        var bytes = file.Bytes(0, (int)Math.Min(file.Length, MostPickleBytes));
        if (!bytes.StartsWith(Magic))
        {
            // Some class that it asks for says more about what it is.
            _ = new PickleReader(bytes).Read();
            throw new MalformedFileException("it is a pickle of something else than PyTorch's");
        }

        var at = Magic.Length;
        if (Next(bytes, ref at, null) is not Version)
        {
            throw new MalformedFileException("it is of a version that is not known here");
        }

        if (Next(bytes, ref at, null) is PickleDictionary machine && machine["little_endian"] is not true)
        {
            throw new MalformedFileException("its numbers are in big-endian order");
        }

        var storages = new Dictionary<string, PickleStorage>(StringComparer.Ordinal);
        var root = Next(bytes, ref at, storages);
        var places = Next(bytes, ref at, null) is PickleList names
            ? Places(file, at, names, storages)
            : throw new MalformedFileException("it does not name its storages");
        return CheckpointTensors.Find(root, storage => places.TryGetValue(storage.Key, out var place)
            ? place
            : throw new MalformedFileException($"storage {Quote(storage.Key)} is not in it"));
    }

    private static object? Next(ReadOnlySpan<byte> bytes, ref int at, Dictionary<string, PickleStorage>? storages)
    {
        var reader = new PickleReader(bytes[at..]);
        var value = reader.Read();
        at += reader.Position;
        foreach (var storage in reader.Storages)
        {
            if (storages is not null && !storages.TryAdd(storage.Key, storage) && storages[storage.Key].Type != storage.Type)
            {
                throw new MalformedFileException($"storage {Quote(storage.Key)} is said to be of two types");
            }
        }

        return value;
    }

    // A storage's size in bytes depends on the type of its elements, which only the pickle of the data tells.
    private static Dictionary<string, (long Offset, long Bytes)> Places(
        MappedFile file, long at, PickleList names, Dictionary<string, PickleStorage> storages)
    {
        var places = new Dictionary<string, (long Offset, long Bytes)>(StringComparer.Ordinal);
        foreach (var item in names.Items)
        {
            if (item is not string name || !storages.TryGetValue(name, out var storage) || storage.Type is not { } type)
            {
                throw new MalformedFileException($"storage {Quote(item as string ?? "?")} is of no type");
            }

            if (at > file.Length - sizeof(long))
            {
                throw new MalformedFileException("it is cut short");
            }

            var count = BinaryPrimitives.ReadInt64LittleEndian(file.Bytes(at, sizeof(long)));
            at += sizeof(long);
            if (count != storage.Count || count > (file.Length - at) / type.SizeInBytes())
            {
                throw new MalformedFileException($"storage {Quote(name)} of {storage.Count} elements has {count}, or the file is cut short");
            }

            if (!places.TryAdd(name, (at, count * type.SizeInBytes())))
            {
                throw new MalformedFileException($"it has storage {Quote(name)} twice");
            }

            at += count * type.SizeInBytes();
        }

        return places;
    }
}
