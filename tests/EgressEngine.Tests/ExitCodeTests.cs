namespace Egress.Tests;

public sealed class ExitCodeTests
{
    [Theory]
    [InlineData(EgressErrorCategory.InvalidArgument, 64)]
    [InlineData(EgressErrorCategory.InvalidOperation, 64)]
    [InlineData(EgressErrorCategory.InvalidData, 65)]
    [InlineData(EgressErrorCategory.ObjectNotFound, 66)]
    [InlineData(EgressErrorCategory.DeviceError, 69)]
    [InlineData(EgressErrorCategory.NotSpecified, 70)]
    [InlineData(EgressErrorCategory.ResourceExists, 73)]
    [InlineData(EgressErrorCategory.ReadError, 74)]
    [InlineData(EgressErrorCategory.WriteError, 74)]
    [InlineData(EgressErrorCategory.ResourceUnavailable, 75)]
    [InlineData(EgressErrorCategory.PermissionDenied, 77)]
    [InlineData(EgressErrorCategory.NotInstalled, 78)]
    [InlineData(EgressErrorCategory.OperationStopped, 130)]
    public void A_category_has_the_code_of_sysexits(EgressErrorCategory category, int code) =>
        Assert.Equal(code, EgressExitCode.Of(new EgressException("Any", category, "", "")));

    [Fact]
    public void Every_category_has_one_and_it_fits_a_process() =>
        Assert.All(Enum.GetValues<EgressErrorCategory>(), category => Assert.InRange(EgressExitCode.Of(category), 64, 130));
}
