using Egress.Build;

namespace Egress.Tests.Build;

public sealed class ElfVersionNeedsTests
{
    [Fact]
    public void A_file_of_another_kind_is_refused() =>
        Assert.Throws<InvalidDataException>(() => ElfVersionNeeds.Weaken("not an ELF file"u8.ToArray(), "V", []));
}
