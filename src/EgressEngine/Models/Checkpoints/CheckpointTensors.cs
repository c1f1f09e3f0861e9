using Egress.Models.Weights;
using static Egress.Models.Weights.MalformedFileException;

namespace Egress.Models.Checkpoints;

/// <summary>Finds the tensors of a checkpoint and where each lies.</summary>
internal static class CheckpointTensors
{
    /// <summary>Where scripts put a network's parameters beside other things, such as an optimizer's.</summary>
    private static readonly string[] s_wrappers = ["state_dict", "model_state_dict", "model", "network", "net", "module", "weights", "params"];

    /// <summary>What data-parallel training, compilation and training frameworks put before every name.</summary>
    private static readonly string[] s_prefixes = ["module.", "_orig_mod.", "model.", "network.", "net."];

    private const int MostPrefixes = 4;

    /// <summary>The tensors, by their names in the network.</summary>
    /// <param name="root">What the pickle holds.</param>
    /// <param name="place">Where a storage lies in the file, and its size, in bytes.</param>
    /// <exception cref="MalformedFileException">It holds no state dictionary, or a tensor lies outside its storage.</exception>
    public static IReadOnlyList<StoredTensor> Find(object? root, Func<PickleStorage, (long Offset, long Bytes)> place)
    {
        var tensors = StateDictionary(root);
        var prefix = Prefix(tensors);
        var names = new HashSet<string>(StringComparer.Ordinal);
        var found = new List<StoredTensor>(tensors.Count);
        foreach (var (key, tensor) in tensors)
        {
            var name = key[prefix.Length..];
            if (!names.Add(name))
            {
                throw new MalformedFileException($"it has {Quote(name)} twice");
            }

            found.Add(Locate(name, tensor, place));
        }

        return found;
    }

    private static List<(string Key, PickleTensor Tensor)> StateDictionary(object? root)
    {
        if (root is not PickleDictionary dictionary)
        {
            throw new MalformedFileException("it holds something else than a dictionary of tensors");
        }

        var tensors = Tensors(dictionary);
        foreach (var wrapper in s_wrappers)
        {
            if (tensors.Count == 0 && dictionary[wrapper] is PickleDictionary inner)
            {
                tensors = Tensors(inner);
            }
        }

        return tensors.Count > 0
            ? tensors
            : throw new MalformedFileException(
                "it holds no dictionary of tensors, neither alone nor under a usual name. It has "
                + (dictionary.Items.Count == 0 ? "nothing" : string.Join(", ", dictionary.Items.Take(8).Select(item => Quote(item.Key)))));
    }

    private static List<(string Key, PickleTensor Tensor)> Tensors(PickleDictionary dictionary) =>
        [.. dictionary.Items.Where(item => item.Value is PickleTensor).Select(item => (item.Key, (PickleTensor)item.Value!))];

    private static string Prefix(List<(string Key, PickleTensor Tensor)> tensors)
    {
        var prefix = "";
        for (var i = 0; i < MostPrefixes; i++)
        {
            prefix = s_prefixes.Select(next => prefix + next).FirstOrDefault(
                longer => tensors.TrueForAll(tensor => tensor.Key.StartsWith(longer, StringComparison.Ordinal))) ?? prefix;
        }

        return prefix;
    }

    private static StoredTensor Locate(string name, PickleTensor tensor, Func<PickleStorage, (long Offset, long Bytes)> place)
    {
        var (offset, bytes) = place(tensor.Storage);
        long size = tensor.Type.SizeInBytes();
        try
        {
            // The last element's place behind the first; nothing is read of a tensor without elements.
            long elements = 1, last = 0, dense = 1;
            var isDense = true;
            for (var i = tensor.Shape.Count - 1; i >= 0; i--)
            {
                elements = checked(elements * tensor.Shape[i]);
                last = checked(last + ((tensor.Shape[i] - 1) * tensor.Strides[i]));
                isDense &= tensor.Shape[i] == 1 || tensor.Strides[i] == dense;
                dense = checked(dense * Math.Max(1, tensor.Shape[i]));
            }

            var start = checked(tensor.Offset * size);
            var length = elements == 0 ? 0 : checked((last + 1) * size);
            if (start > bytes || length > bytes - start)
            {
                throw new MalformedFileException($"tensor {Quote(name)} reaches to byte {start + (decimal)length} of a storage of {bytes}");
            }

            return new StoredTensor(name, tensor.Type, tensor.Shape, offset + start, length)
            {
                Strides = isDense || elements == 0 ? null : tensor.Strides,
            };
        }
        catch (OverflowException e)
        {
            throw new MalformedFileException($"tensor {Quote(name)} has a shape of more elements than can be counted", e);
        }
    }
}
