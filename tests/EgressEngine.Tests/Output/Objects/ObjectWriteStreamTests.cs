using Egress.Output.Stores.Objects;

namespace Egress.Tests.Output.Objects;

public sealed class ObjectWriteStreamTests : IDisposable
{
    private const int Part = ObjectWriteStream.PartBytes;
    private readonly MemoryObjects _objects = new();

    public void Dispose() => _objects.Dispose();

    public static TheoryData<int[]> Writes => new()
    {
        { [] },
        { [1] },
        { [100, 200, 300] },
        { [Part - 1] },
        { [Part] },
        { [128, Part] },
        { [128, (3 * Part) - 1] },
        { [128, 5 * Part] },
        { [7 * Part, 7 * Part] },
        { [1000, Part, 3, 2 * Part, 5] },
        { [Part - 1, Part - 1, Part - 1] },
    };

    [Theory]
    [MemberData(nameof(Writes))]
    public void An_object_is_what_was_written_however_it_is_written(int[] sizes)
    {
        var content = new byte[sizes.Sum()];
        new Random(1).NextBytes(content);
        using (var stream = new ObjectWriteStream(_objects, "key"))
        {
            var done = 0;
            foreach (var size in sizes)
            {
                stream.Write(content.AsSpan(done, size));
                done += size;
            }

            Assert.Empty(_objects.Keys);
            Assert.True(stream.Commit(replace: false));
            Assert.Equal(content.Length, stream.Length);
        }

        Assert.True(content.AsSpan().SequenceEqual(_objects.Content("key")));
        Assert.Equal(0, _objects.OpenUploads);
    }

    [Fact]
    public void A_small_object_is_one_request()
    {
        using var stream = new ObjectWriteStream(_objects, "key");
        stream.Write([1, 2, 3]);
        stream.Commit(replace: true);
        Assert.Equal(["put"], _objects.Operations);
    }

    [Fact]
    public void A_head_and_a_large_span_are_equal_parts_none_of_them_small()
    {
        using var stream = new ObjectWriteStream(_objects, "key");
        stream.Write(new byte[128]);
        stream.Write(new byte[(2 * Part) + (Part / 2)]);
        stream.Commit(replace: true);
        Assert.Equal([(10 << 20) + 64, (10 << 20) + 64], _objects.PartSizes);
    }

    [Fact]
    public void A_large_span_leaves_from_where_it_lies_and_not_from_a_copy()
    {
        var content = new byte[2 * Part];
        _objects.BeforePart = (number, part) =>
        {
            // What changes in the caller's memory after the call to Write has begun is in the object.
            content[^1] = 7;
            content[0] = 5;
        };
        using var stream = new ObjectWriteStream(_objects, "key");
        stream.Write(content);
        stream.Commit(replace: true);
        Assert.Equal((5, 7), (_objects.Content("key")[0], _objects.Content("key")[^1]));
    }

    [Fact]
    public void Nothing_reads_the_callers_memory_after_the_call_has_ended()
    {
        var parts = new List<Stream>();
        _objects.BeforePart = (_, part) =>
        {
            lock (parts)
            {
                parts.Add(part);
            }
        };
        using var stream = new ObjectWriteStream(_objects, "key");
        stream.Write(new byte[4 * Part]);
        Assert.Equal(4, parts.Count);
        Assert.All(parts, part => Assert.Throws<ObjectDisposedException>(() => part.ReadByte()));
    }

    [Fact]
    public void Where_a_part_fails_all_others_have_ended_before_the_error_comes_and_nothing_is_left()
    {
        var under = 0;
        _objects.BeforePart = (number, _) =>
        {
            Interlocked.Increment(ref under);
            if (number == 2)
            {
                Interlocked.Decrement(ref under);
                throw new IOException("The store answered 500.");
            }

            Thread.Sleep(50);
            Interlocked.Decrement(ref under);
        };
        using (var stream = new ObjectWriteStream(_objects, "key"))
        {
            Assert.Throws<IOException>(() => stream.Write(new byte[4 * Part]));
            Assert.Equal(0, under);
        }

        Assert.Empty(_objects.Keys);
        Assert.Equal(0, _objects.OpenUploads);
    }

    [Theory]
    [InlineData(10)]
    [InlineData(2 * Part)]
    public void An_object_that_is_there_is_kept_unless_it_is_to_be_replaced(int size)
    {
        _objects.Put("key", new MemoryStream([1]), replace: true);
        using (var kept = new ObjectWriteStream(_objects, "key"))
        {
            kept.Write(new byte[size]);
            Assert.False(kept.Commit(replace: false));
        }

        Assert.Equal([1], _objects.Content("key"));
        Assert.Equal(0, _objects.OpenUploads);
    }
}
