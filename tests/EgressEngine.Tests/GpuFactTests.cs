namespace Egress.Tests;

public sealed class GpuFactTests
{
    [Theory]
    [InlineData("1", true)]
    [InlineData("0", false)]
    [InlineData("", false)]
    [InlineData(null, false)]
    public void A_GPU_is_required_where_the_variable_is_one(string? value, bool expected) =>
        Assert.Equal(expected, GpuRequirement.IsRequired(value));
}
