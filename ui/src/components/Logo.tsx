/** Two streams that become a river. */
export function Logo({ size = 20 }: { size?: number }) {
  return (
    <svg width={size} height={size} viewBox="0 0 24 24" fill="none" aria-hidden>
      <rect width="24" height="24" rx="6" fill="#0d6f95" />
      <g strokeLinecap="round" strokeWidth="2.2">
        <path d="M6.5 5c0 5 5.5 4.500 5.500 10v4" stroke="#fff" />
        <path d="M17.500 5c0 5-5.500 4.500-5.500 10" stroke="#8fd4ec" />
      </g>
    </svg>
  )
}
