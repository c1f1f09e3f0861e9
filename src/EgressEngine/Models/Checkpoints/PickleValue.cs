namespace Egress.Models.Checkpoints;

/// <summary>
/// What a pickle may be made of here, besides null, <see cref="bool"/>, <see cref="long"/>, <see cref="double"/> and
/// <see cref="string"/>: no value of another kind exists.
/// </summary>
internal abstract class PickleValue;

/// <summary>A tuple.</summary>
internal sealed class PickleTuple(IReadOnlyList<object?> items) : PickleValue
{
    public IReadOnlyList<object?> Items { get; } = items;
}

/// <summary>A list.</summary>
internal sealed class PickleList : PickleValue
{
    public List<object?> Items { get; } = [];

    /// <summary>Whether a dictionary was made of it: as many of one list would take more memory than the pickle.</summary>
    public bool IsUsed { get; set; }
}

/// <summary>A dictionary, ordered; later values of a key replace earlier ones. Keys that are no text are dropped.</summary>
internal sealed class PickleDictionary : PickleValue
{
    private readonly Dictionary<string, int> _places = new(StringComparer.Ordinal);
    private readonly List<(string Key, object? Value)> _items = [];

    public IReadOnlyList<(string Key, object? Value)> Items => _items;

    public object? this[string key] => _places.TryGetValue(key, out var place) ? _items[place].Value : null;

    public void Set(object? key, object? value)
    {
        if (key is not string name)
        {
            return;
        }

        if (_places.TryAdd(name, _items.Count))
        {
            _items.Add((name, value));
        }
        else
        {
            _items[_places[name]] = (name, value);
        }
    }
}

/// <summary>A class or function that a pickle names, and that is known here; nothing of that name is ever called.</summary>
internal sealed class PickleGlobal(string name) : PickleValue
{
    public string Name { get; } = name;
}

/// <summary>The numbers that tensors are views of, before it is known where in the file they lie.</summary>
/// <param name="key">Its name in the file.</param>
/// <param name="type">The type of its elements; null where only its tensors tell.</param>
/// <param name="count">Its elements; bytes where the type is null.</param>
internal sealed class PickleStorage(string key, Weights.StoredType? type, long count) : PickleValue
{
    public string Key { get; } = key;

    public Weights.StoredType? Type { get; } = type;

    public long Count { get; } = count;
}

/// <summary>A view of a storage.</summary>
internal sealed class PickleTensor(PickleStorage storage, Weights.StoredType type, long offset, long[] shape, long[] strides) : PickleValue
{
    public PickleStorage Storage { get; } = storage;

    public Weights.StoredType Type { get; } = type;

    /// <summary>The first element's place in the storage, in elements.</summary>
    public long Offset { get; } = offset;

    public IReadOnlyList<long> Shape { get; } = shape;

    public IReadOnlyList<long> Strides { get; } = strides;
}
