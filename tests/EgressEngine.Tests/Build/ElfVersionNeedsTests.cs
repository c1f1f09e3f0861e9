using Egress.Build;

namespace Egress.Tests.Build;

public sealed class ElfVersionNeedsTests
{
    private const string Version = "GLIBCXX_3.4.32";
    private const string Symbol = "_ZSt21ios_base_library_initv";

    [Fact]
    public void Only_the_flag_of_the_named_version_changes()
    {
        var original = Library().ToBytes();
        var image = (byte[])original.Clone();

        Assert.Equal(WeakenResult.Weakened, ElfVersionNeeds.Weaken(image, Version, [Symbol]));

        var changed = Differences(original, image);
        var only = Assert.Single(changed);
        Assert.Equal((0, 2), (original[only], image[only]));
    }

    [Fact]
    public void A_second_time_changes_nothing()
    {
        var image = Library().ToBytes();
        ElfVersionNeeds.Weaken(image, Version, [Symbol]);
        var once = (byte[])image.Clone();

        Assert.Equal(WeakenResult.AlreadyWeak, ElfVersionNeeds.Weaken(image, Version, [Symbol]));
        Assert.Equal(once, image);
    }

    [Fact]
    public void A_library_that_does_not_need_the_version_stays_as_it_is()
    {
        var original = Library().ToBytes();
        var image = (byte[])original.Clone();

        Assert.Equal(WeakenResult.NotNeeded, ElfVersionNeeds.Weaken(image, "GLIBCXX_3.4.99", [Symbol]));
        Assert.Equal(original, image);
    }

    [Fact]
    public void A_version_with_a_symbol_that_was_not_named_is_refused_and_nothing_changes()
    {
        var original = Library().Takes("_ZNSt6thread4joinEv", 18).ToBytes();
        var image = (byte[])original.Clone();

        var error = Assert.Throws<NotSupportedException>(() => ElfVersionNeeds.Weaken(image, Version, [Symbol]));
        Assert.Contains("_ZNSt6thread4joinEv", error.Message, StringComparison.Ordinal);
        Assert.Equal(original, image);
    }

    [Fact]
    public void A_hidden_symbol_of_the_version_counts_too()
    {
        var image = Library().Takes("_ZNSt6thread4joinEv", 18 | 0x8000).ToBytes();
        Assert.Throws<NotSupportedException>(() => ElfVersionNeeds.Weaken(image, Version, [Symbol]));
    }

    [Fact]
    public void A_file_cut_off_anywhere_is_refused()
    {
        var image = Library().ToBytes();
        for (var length = 0; length < image.Length; length++)
        {
            var cut = image[..length];
            Assert.Throws<InvalidDataException>(() => ElfVersionNeeds.Weaken(cut, Version, [Symbol]));
            Assert.Equal(image[..length], cut);
        }
    }

    [Fact]
    public void A_damaged_file_gives_a_result_or_a_refusal_and_never_another_error()
    {
        var original = Library().ToBytes();
        var random = new Random(20260101);
        var refused = 0;
        for (var round = 0; round < 20_000; round++)
        {
            var image = (byte[])original.Clone();
            for (var hit = random.Next(1, 4); hit > 0; hit--)
            {
                image[random.Next(image.Length)] = (byte)random.Next(256);
            }

            try
            {
                ElfVersionNeeds.Weaken(image, Version, [Symbol]);
            }
            catch (Exception e) when (e is InvalidDataException or NotSupportedException)
            {
                refused++;
            }
        }

        Assert.InRange(refused, 1, 19_999);
    }

    [Theory]
    [InlineData(0, 0x7e)]
    [InlineData(4, 1)]
    [InlineData(5, 2)]
    public void A_file_of_another_kind_is_refused(int offset, byte value)
    {
        var image = Library().ToBytes();
        image[offset] = value;
        Assert.Throws<InvalidDataException>(() => ElfVersionNeeds.Weaken(image, Version, [Symbol]));
    }

    [Fact]
    public void The_module_has_the_package_s_library_with_that_one_flag_set()
    {
        var original = File.ReadAllBytes(TestPaths.OriginalTorchSharpLibrary);
        var module = File.ReadAllBytes(Path.Combine(TestPaths.Deps, "libLibTorchSharp.so"));

        // The original as the package has it: a build that wrote through a hard link would have changed it.
        var expected = (byte[])original.Clone();
        Assert.Equal(WeakenResult.Weakened, ElfVersionNeeds.Weaken(expected, Version, [Symbol]));
        Assert.Equal(expected, module);

        var only = Assert.Single(Differences(original, module));
        Assert.Equal((0, 2), (original[only], module[only]));
        Assert.Equal(WeakenResult.AlreadyWeak, ElfVersionNeeds.Weaken(module, Version, [Symbol]));
    }

    [Fact]
    public void The_real_library_cut_off_is_refused()
    {
        var original = File.ReadAllBytes(TestPaths.OriginalTorchSharpLibrary);
        foreach (var length in (int[])[0, 63, 64, original.Length / 2, original.Length - 1])
        {
            Assert.Throws<InvalidDataException>(() => ElfVersionNeeds.Weaken(original.AsSpan(0, length), Version, [Symbol]));
        }
    }

    private static ElfImage Library() => new ElfImage()
        .Needs("libc.so.6", ("GLIBC_2.2.5", 2), ("GLIBC_2.14", 3))
        .Needs("libstdc++.so.6", ("GLIBCXX_3.4", 17), (Version, 18), ("CXXABI_1.3", 19))
        .Takes("memcpy", 3)
        .Takes(Symbol, 18)
        .Takes("_ZSt4cout", 17);

    private static List<int> Differences(byte[] left, byte[] right)
    {
        Assert.Equal(left.Length, right.Length);
        return [.. Enumerable.Range(0, left.Length).Where(index => left[index] != right[index])];
    }
}
