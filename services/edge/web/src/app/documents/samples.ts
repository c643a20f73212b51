/** Three short documents of a shop that does not exist, for someone who wants to see an answer first. */
export const samples = [
    {
        name: 'returns-and-refunds.md',
        text: '# Returns and refunds\n\n## How long do I have to send something back?\n\nYou may send back any item within **30 days** of delivery, opened or not. An opened bag of coffee is the exception: it can only come back if it arrived stale.\n\n## When does the money come?\n\nRefunds start on the day the parcel reaches us. Banks take 3 to 5 working days to show them.\n',
    },
    {
        name: 'delivery.md',
        text: '# Delivery\n\n## What does delivery cost?\n\n| Kind | Price | Time |\n|---|---|---|\n| Standard | 4.90 EUR, free above 45 EUR | 2 to 4 working days |\n| Express | 9.90 EUR | next working day, if ordered before 14:00 |\n\n## Can I change an order?\n\nAn order can be changed or cancelled for 30 minutes after it was placed, under *My orders*.\n',
    },
    {
        name: 'grinder-manual.md',
        text: '# Grinder manual\n\n## Cleaning\n\nClean the burrs every two weeks: unplug the grinder, lift off the hopper and brush the burrs. Never rinse them with water.\n\n## When it is jammed\n\nIf the motor hums and nothing turns, a stone is caught between the burrs. Switch it off, unplug it, lift off the hopper, turn out the upper burr and take the stone out.\n',
    },
]
