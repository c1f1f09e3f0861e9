using Egress.Models.Weights;
using static Egress.Models.Weights.MalformedFileException;

namespace Egress.Models.Checkpoints;

/// <summary>
/// The classes and functions that a pickle may name, and what is built in place of a call to them: ordered dictionaries, tensors,
/// sizes. Everything else is refused by name, before anything is built.
/// </summary>
internal static class PickleGlobals
{
    private const string OrderedDictionary = "collections.OrderedDict";
    private const string Size = "torch.Size";
    private const string Parameter = "torch._utils._rebuild_parameter";
    private const string TensorV1 = "torch._utils._rebuild_tensor";
    private const string TensorV2 = "torch._utils._rebuild_tensor_v2";
    private const string TensorV3 = "torch._utils._rebuild_tensor_v3";
    private const string UntypedStorage = "torch.storage.UntypedStorage";
    private const int MostDimensions = 64;

    private static readonly Dictionary<string, StoredType> s_storages = new(StringComparer.Ordinal)
    {
        ["torch.BoolStorage"] = StoredType.Bool,
        ["torch.ByteStorage"] = StoredType.U8,
        ["torch.CharStorage"] = StoredType.I8,
        ["torch.ShortStorage"] = StoredType.I16,
        ["torch.IntStorage"] = StoredType.I32,
        ["torch.LongStorage"] = StoredType.I64,
        ["torch.HalfStorage"] = StoredType.F16,
        ["torch.BFloat16Storage"] = StoredType.BF16,
        ["torch.FloatStorage"] = StoredType.F32,
        ["torch.DoubleStorage"] = StoredType.F64,
    };

    private static readonly Dictionary<string, StoredType> s_types = new(StringComparer.Ordinal)
    {
        ["torch.bool"] = StoredType.Bool,
        ["torch.uint8"] = StoredType.U8,
        ["torch.int8"] = StoredType.I8,
        ["torch.float8_e5m2"] = StoredType.F8E5M2,
        ["torch.float8_e4m3fn"] = StoredType.F8E4M3,
        ["torch.int16"] = StoredType.I16,
        ["torch.uint16"] = StoredType.U16,
        ["torch.float16"] = StoredType.F16,
        ["torch.bfloat16"] = StoredType.BF16,
        ["torch.int32"] = StoredType.I32,
        ["torch.uint32"] = StoredType.U32,
        ["torch.float32"] = StoredType.F32,
        ["torch.int64"] = StoredType.I64,
        ["torch.uint64"] = StoredType.U64,
        ["torch.float64"] = StoredType.F64,
    };

    private static readonly HashSet<string> s_others = new(StringComparer.Ordinal)
    {
        OrderedDictionary, Size, Parameter, TensorV1, TensorV2, TensorV3, UntypedStorage,
    };

    /// <summary>The class or function of this name.</summary>
    /// <exception cref="PickleClassException">It is none of the known ones.</exception>
    public static PickleGlobal Find(string module, string name)
    {
        var full = $"{module}.{name}";
        return s_others.Contains(full) || s_storages.ContainsKey(full) || s_types.ContainsKey(full)
            ? new PickleGlobal(full)
            : throw new PickleClassException(Printable(full));
    }

    /// <summary>What is built where a pickle calls a function or class with arguments.</summary>
    /// <exception cref="MalformedFileException">The arguments are not those of that function.</exception>
    public static object Call(object? function, object? arguments)
    {
        if (function is not PickleGlobal global || arguments is not PickleTuple { Items: var items })
        {
            throw new MalformedFileException("it calls something that is no function");
        }

        return global.Name switch
        {
            OrderedDictionary => CreateDictionary(items),
            Size when items is [PickleTuple size] => size,
            Parameter when items is [PickleTensor tensor, ..] => tensor,
            TensorV1 or TensorV2 when items is [PickleStorage { Type: { } type } storage, long offset, var shape, var strides, ..] =>
                CreateTensor(storage, type, offset, shape, strides),
            TensorV3 when items is [PickleStorage storage, long offset, var shape, var strides, _, _, PickleGlobal element, ..]
                && s_types.TryGetValue(element.Name, out var type) => CreateTensor(storage, type, offset, shape, strides),
            _ => throw new MalformedFileException($"its arguments for {global.Name} are not as they have to be"),
        };
    }

    /// <summary>The storage that a persistent id stands for: <c>('storage', type, key, place, elements)</c>.</summary>
    /// <exception cref="MalformedFileException">It stands for something else.</exception>
    public static PickleStorage Storage(object? id)
    {
        if (id is PickleTuple { Items: ["storage", PickleGlobal kind, string key, string, long count, ..] items } && count >= 0)
        {
            if (items.Count > 5 && items[5] is not null)
            {
                throw new MalformedFileException("it has a storage that is a view of another, as only very old versions of PyTorch wrote");
            }

            if (s_storages.TryGetValue(kind.Name, out var type))
            {
                return new PickleStorage(key, type, count);
            }

            if (kind.Name == UntypedStorage)
            {
                return new PickleStorage(key, null, count);
            }
        }

        throw new MalformedFileException("it refers to something that is no storage");
    }

    private static PickleDictionary CreateDictionary(IReadOnlyList<object?> arguments)
    {
        var dictionary = new PickleDictionary();
        if (arguments is [PickleList pairs])
        {
            if (pairs.IsUsed)
            {
                throw new MalformedFileException("it makes more than one dictionary of a list");
            }

            pairs.IsUsed = true;
            foreach (var pair in pairs.Items)
            {
                (object? key, object? value) = pair switch
                {
                    PickleTuple { Items: [var first, var second] } => (first, second),
                    PickleList { Items: [var first, var second] } => (first, second),
                    _ => throw new MalformedFileException("a dictionary in it is made of something else than pairs"),
                };
                dictionary.Set(key, value);
            }
        }
        else if (arguments.Count > 0)
        {
            throw new MalformedFileException("a dictionary in it is made of something else than pairs");
        }

        return dictionary;
    }

    private static PickleTensor CreateTensor(PickleStorage storage, StoredType type, long offset, object? shape, object? strides)
    {
        var (sizes, steps) = (Numbers(shape), Numbers(strides));
        return offset >= 0 && sizes.Length == steps.Length
            ? new PickleTensor(storage, type, offset, sizes, steps)
            : throw new MalformedFileException("a tensor in it has a shape, strides and an offset that do not go together");
    }

    private static long[] Numbers(object? value)
    {
        if (value is not PickleTuple { Items: var items } || items.Count > MostDimensions || items.Any(item => item is not >= 0L))
        {
            throw new MalformedFileException("a tensor in it has a shape or strides that are not whole numbers from 0 on");
        }

        return [.. items.Select(item => (long)item!)];
    }
}
