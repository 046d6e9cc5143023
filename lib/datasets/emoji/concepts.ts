/**
 * The concepts that emoji scenes may show: things that every artist of `artists.ts` has drawn.
 *
 * Chosen by hand from the 364 animals, plants, foods, places, objects and activities that all of
 * them draw. Left out: people, flags, clock faces, signs and symbols, and of every family of near
 * duplicates all but one (ox, cow, cow face and water buffalo; eleven trains), since two classes that
 * look alike say nothing about a representation; and the few names by which two artists mean
 * different things (to one a keyboard has letters, to another it plays music).
 */
export const concepts: readonly string[] = `
  ant baby-chick bear blowfish bouquet bug cactus cat cherry-blossom chipmunk cow crocodile
  deciduous-tree dog dolphin elephant four-leaf-clover frog hibiscus honeybee horse koala
  lady-beetle maple-leaf monkey mouse mushroom octopus palm-tree paw-prints penguin pig ram
  rooster rose seedling snail snake spider spiral-shell sunflower tiger tropical-fish tulip turtle
  whale

  baby-bottle banana beer-mug bento-box birthday-cake bread candy cherries chocolate-bar
  cocktail-glass cookie cooking custard dango doughnut fork-and-knife french-fries fried-shrimp
  grapes hamburger honey-pot hot-beverage lemon lollipop oden peach pear pineapple poultry-leg
  red-apple rice-ball roasted-sweet-potato shortcake soft-ice-cream spaghetti steaming-bowl
  strawberry sushi tangerine tomato watermelon wine-glass

  aerial-tramway airplane alarm-clock ambulance anchor automobile barber-pole bicycle bus
  carousel-horse church circus-tent classical-building cloud crescent-moon delivery-truck
  desert-island droplet factory ferris-wheel fire fountain fuel-pump helicopter high-speed-train
  hospital house-with-garden japanese-castle mount-fuji office-building police-car rainbow rocket
  roller-coaster sailboat seat ship snowflake snowman-without-snow speedboat stadium star
  statue-of-liberty sun-with-face tent thermometer tornado tractor umbrella-with-rain-drops
  vertical-traffic-light volcano watch world-map

  bar-chart bathtub battery bell bikini black-nib bomb books briefcase calendar camera candle
  clapper-board clipboard credit-card crown desktop-computer door dress dvd electric-plug envelope
  fax-machine file-cabinet file-folder film-frames graduation-cap guitar hammer handbag headphone
  jeans key kimono light-bulb lipstick megaphone memo microphone microscope money-bag movie-camera
  musical-keyboard musical-note newspaper nut-and-bolt open-book package pager paperclip pill
  postal-horn postbox printer pushpin radio ring satellite-antenna saxophone shower straight-ruler
  syringe telescope television toilet top-hat triangular-ruler trumpet violin wastebasket
  womans-hat wrench

  american-football artist-palette balloon baseball bowling carp-streamer christmas-tree
  crystal-ball fireworks flag-in-hole flower-playing-cards game-die jack-o-lantern military-medal
  party-popper performing-arts pine-decoration running-shirt slot-machine soccer-ball
  tanabata-tree ticket trophy video-game wind-chime
`.trim().split(/\s+/);
