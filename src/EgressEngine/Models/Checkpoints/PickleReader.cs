using System.Buffers.Binary;
using System.Text;
using Egress.Models.Weights;

namespace Egress.Models.Checkpoints;

/// <summary>
/// Reads pickles of PyTorch's state dictionaries, and nothing else: the instructions that those are made of, on values of
/// <see cref="PickleValue"/>. A pickle is a program for a small machine; this machine can build dictionaries, lists, tuples,
/// numbers, text and descriptions of tensors, and cannot call anything. It takes time and memory in proportion to the pickle's
/// length, whatever the pickle does.
/// </summary>
internal ref struct PickleReader
{
    private const byte Mark = (byte)'(';

    private readonly ReadOnlySpan<byte> _bytes;
    private readonly List<object?> _stack = [];
    private readonly Stack<int> _marks = [];
    private readonly Dictionary<long, object?> _memo = [];
    private int _at;

    /// <param name="bytes">Begins with a pickle.</param>
    public PickleReader(ReadOnlySpan<byte> bytes) => _bytes = bytes;

    /// <summary>The storages that the pickle refers to, in order.</summary>
    public List<PickleStorage> Storages { get; } = [];

    /// <summary>Where the pickle that was read ended, in bytes.</summary>
    public readonly int Position => _at;

    /// <summary>Reads one pickle.</summary>
    /// <exception cref="MalformedFileException">It is damaged, or made of more than a state dictionary is made of.</exception>
    /// <exception cref="PickleClassException">It asks for a class that is not loaded.</exception>
    public object? Read()
    {
        _stack.Clear();
        _marks.Clear();
        _memo.Clear();
        while (true)
        {
            var code = Take();
            if (code == (byte)'.')
            {
                var result = Pop();
                return _stack.Count == 0 && _marks.Count == 0 ? result : throw Damaged();
            }

            Step(code);
        }
    }

    private void Step(byte code)
    {
        switch (code)
        {
            case 0x80:
                if (Take() is < 2 or > 5)
                {
                    throw new MalformedFileException("it is a pickle of a version that is not known here");
                }

                break;
            case 0x95: // FRAME: a hint for readers of streams
                _ = Take(8);
                break;
            case Mark: _marks.Push(_stack.Count); break;
            case (byte)'N': _stack.Add(null); break;
            case 0x88: _stack.Add(true); break;
            case 0x89: _stack.Add(false); break;
            case (byte)'K': _stack.Add((long)Take()); break;
            case (byte)'M': _stack.Add((long)BinaryPrimitives.ReadUInt16LittleEndian(Take(2))); break;
            case (byte)'J': _stack.Add((long)BinaryPrimitives.ReadInt32LittleEndian(Take(4))); break;
            case 0x8A: _stack.Add(TakeLong()); break;
            case (byte)'G': _stack.Add(BinaryPrimitives.ReadDoubleBigEndian(Take(8))); break;
            case (byte)'X': _stack.Add(TakeText(TakeLength())); break;
            case 0x8C: _stack.Add(TakeText(Take())); break;
            case (byte)'U': _stack.Add(TakeText(Take())); break;
            case (byte)'T': _stack.Add(TakeText(TakeLength())); break;
            case (byte)')': _stack.Add(new PickleTuple([])); break;
            case 0x85: PushTuple(_stack.Count - 1); break;
            case 0x86: PushTuple(_stack.Count - 2); break;
            case 0x87: PushTuple(_stack.Count - 3); break;
            case (byte)'t': PushTuple(PopMark()); break;
            case (byte)']': _stack.Add(new PickleList()); break;
            case (byte)'a': Append(_stack.Count - 1); break;
            case (byte)'e': Append(PopMark()); break;
            case (byte)'}': _stack.Add(new PickleDictionary()); break;
            case (byte)'s': SetItems(_stack.Count - 2); break;
            case (byte)'u': SetItems(PopMark()); break;
            case (byte)'c': _stack.Add(PickleGlobals.Find(TakeLine(), TakeLine())); break;
            case 0x93: // STACK_GLOBAL
                if (Pop() is string name && Pop() is string module)
                {
                    _stack.Add(PickleGlobals.Find(module, name));
                    break;
                }

                throw Damaged();
            case (byte)'R':
                var arguments = Pop();
                _stack.Add(PickleGlobals.Call(Pop(), arguments));
                break;
            case (byte)'Q':
                Storages.Add(PickleGlobals.Storage(Pop()));
                _stack.Add(Storages[^1]);
                break;
            case (byte)'b': Build(); break;
            case (byte)'q': _memo[Take()] = Peek(); break;
            case (byte)'r': _memo[BinaryPrimitives.ReadUInt32LittleEndian(Take(4))] = Peek(); break;
            case 0x94: _memo[_memo.Count] = Peek(); break;
            case (byte)'h': Recall(Take()); break;
            case (byte)'j': Recall(BinaryPrimitives.ReadUInt32LittleEndian(Take(4))); break;
            case (byte)'0': _ = Pop(); break;
            default:
                throw new MalformedFileException($"its pickle has the instruction 0x{code:X2} at byte {_at - 1}, which state dictionaries do not have");
        }
    }

    // A dictionary's attributes, such as the versions of its modules, say nothing about tensors. Objects with a state are not built.
    private void Build()
    {
        _ = Pop();
        if (Peek() is not PickleDictionary)
        {
            throw new MalformedFileException("it sets the state of something that is no dictionary");
        }
    }

    private void PushTuple(int start)
    {
        var items = Slice(start);
        _stack.Add(new PickleTuple(items));
    }

    private void Append(int start)
    {
        var items = Slice(start);
        if (Peek() is not PickleList list)
        {
            throw Damaged();
        }

        list.Items.AddRange(items);
    }

    private void SetItems(int start)
    {
        var items = Slice(start);
        if (Peek() is not PickleDictionary dictionary || items.Length % 2 != 0)
        {
            throw Damaged();
        }

        for (var i = 0; i < items.Length; i += 2)
        {
            dictionary.Set(items[i], items[i + 1]);
        }
    }

    private object?[] Slice(int start)
    {
        // What lies below a mark belongs to who put it there.
        if (start < Floor())
        {
            throw Damaged();
        }

        var items = _stack[start..].ToArray();
        _stack.RemoveRange(start, _stack.Count - start);
        return items;
    }

    private readonly int Floor() => _marks.Count > 0 ? _marks.Peek() : 0;

    private readonly int PopMark() => _marks.Count > 0 ? _marks.Pop() : throw Damaged();

    private readonly object? Peek() => _stack.Count > Floor() ? _stack[^1] : throw Damaged();

    private readonly object? Pop()
    {
        var value = Peek();
        _stack.RemoveAt(_stack.Count - 1);
        return value;
    }

    private readonly void Recall(long place) => _stack.Add(_memo.TryGetValue(place, out var value) ? value : throw Damaged());

    private byte Take() => Take(1)[0];

    private ReadOnlySpan<byte> Take(int count)
    {
        if (count > _bytes.Length - _at)
        {
            throw new MalformedFileException("its pickle is cut short");
        }

        _at += count;
        return _bytes.Slice(_at - count, count);
    }

    private int TakeLength()
    {
        var length = BinaryPrimitives.ReadUInt32LittleEndian(Take(4));
        return length <= int.MaxValue ? (int)length : throw new MalformedFileException("its pickle is cut short");
    }

    private string TakeText(int length) => Encoding.UTF8.GetString(Take(length));

    private string TakeLine()
    {
        var length = _bytes[_at..].IndexOf((byte)'\n');
        if (length < 0)
        {
            throw new MalformedFileException("its pickle is cut short");
        }

        var line = TakeText(length);
        _at++;
        return line;
    }

    private object TakeLong()
    {
        var bytes = Take(Take());
        if (bytes.Length > sizeof(long))
        {
            // Only a hash or a seed is that large, and nobody asks for those: as text it does no harm.
            return $"0x{Convert.ToHexString(bytes)}";
        }

        long value = 0;
        for (var i = bytes.Length - 1; i >= 0; i--)
        {
            value = (value << 8) | bytes[i];
        }

        var unused = 64 - (8 * bytes.Length);
        return bytes.Length == 0 ? 0L : value << unused >> unused;
    }

    private static MalformedFileException Damaged() => new("its pickle is damaged");
}
